import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Environment } from '@millrace/config';
import { MillraceError } from '@millrace/core';

const oldestVersion = 17;

const installHints: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'sudo apt-get install openjdk-17-jdk-headless   (or: sudo dnf install java-17-openjdk-headless)',
  darwin: 'brew install openjdk@17',
  win32: 'winget install EclipseAdoptium.Temurin.17.JDK',
};

/** A Java that is new enough. */
export type Java = { readonly executable: string; readonly version: number };

/**
 * Finds Java by JAVA_HOME, else on the PATH.
 * @throws MillraceError `STACK_FAILED` naming the command that installs one
 */
export async function findJava(environment: Environment): Promise<Java> {
  const home = environment['JAVA_HOME'];
  const executable = home ? join(home, 'bin', 'java') : 'java';
  const version = await versionOf(executable);
  if (version !== undefined && version >= oldestVersion) return { executable, version };
  const found = version === undefined ? `"${executable}" does not run` : `"${executable}" is version ${version}`;
  const hint = installHints[process.platform] ?? 'install a JDK 17';
  throw new MillraceError(
    'STACK_FAILED',
    `Kafka and Debezium need Java ${oldestVersion} or newer, but ${found}.\n  Install one: ${hint}\n  or point JAVA_HOME at one.`,
  );
}

/** Major version in the output of `java -version`, or undefined. */
export function parseJavaVersion(output: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(output);
  return match ? Number(match[1]) : undefined;
}

async function versionOf(executable: string): Promise<number | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(executable, ['-version']);
    return parseJavaVersion(stderr + stdout);
  } catch {
    return undefined;
  }
}
