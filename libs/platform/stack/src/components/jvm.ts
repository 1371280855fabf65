import type { Environment } from '@millrace/config';

import type { Java } from '../provision/java.ts';
import type { Jars } from '../provision/provision.ts';

/** What the JVM components have in common. */
export type JvmPlatform = { readonly java: Java; readonly jars: Jars; readonly environment: Environment };

/** Flags for a small machine: a capped heap, one collector thread, and an end instead of a half-dead process. */
export function jvmFlags(heapMb: number): string[] {
  return [`-Xmx${heapMb}m`, '-XX:+UseSerialGC', '-XX:+ExitOnOutOfMemoryError', '-Djava.awt.headless=true'];
}

/** Arguments of `java` for a main class of the broker's and Connect's jars. */
export function mainClassArguments(
  platform: JvmPlatform,
  heapMb: number,
  [mainClass, ...args]: readonly [string, ...string[]],
): string[] {
  const logging = `-Dlog4j2.configurationFile=${platform.jars.logging}`;
  return [...jvmFlags(heapMb), logging, '-cp', `${platform.jars.lib}/*`, mainClass, ...args];
}

/** Text of a Java properties file. */
export function properties(entries: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(entries)
    .map(([key, value]) => `${key}=${String(value).replaceAll('\\', '\\\\')}\n`)
    .join('');
}
