import { statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Program and arguments. */
export type Invocation = { readonly file: string; readonly args: readonly string[] };

/** "nobody": exists everywhere, owns nothing. */
const nobody = { uid: 65_534, gid: 65_534 };

/** Whom Postgres runs as where this process is root, which Postgres refuses to run as; undefined for everyone else. */
export function unprivilegedUser(): { readonly uid: number; readonly gid: number } | undefined {
  return process.getuid?.() === 0 ? nobody : undefined;
}

/**
 * The same invocation as an unprivileged user, when this process is root.
 * @param folders that the program must reach besides its own
 */
export function unprivileged({ file, args }: Invocation, folders: readonly string[]): Invocation {
  const user = unprivilegedUser();
  if (!user) return { file, args };
  const identity = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  return { file: 'setpriv', args: [...identity, ...capabilityFlags(file, folders), '--', file, ...args] };
}

/**
 * The one capability, if any, without which the program could not be run: a checkout may lie in the home of root, which
 * is closed to others, and root's umask may have closed the program itself. `no_setuid_fixup` makes the capability
 * count in access(2) too, by which Postgres looks for its own program.
 */
function capabilityFlags(program: string, folders: readonly string[]): string[] {
  const capability =
    programCapability(program) ?? (folders.concat(dirname(program)).every(isReachable) ? undefined : 'dac_read_search');
  return capability === undefined
    ? []
    : ['--securebits=+no_setuid_fixup', `--inh-caps=+${capability}`, `--ambient-caps=+${capability}`];
}

function programCapability(program: string): string | undefined {
  const openToOthers = 0o005;
  return (statSync(program).mode & openToOthers) === openToOthers ? undefined : 'dac_override';
}

/** Whether everyone may pass through a folder and all its parents. */
function isReachable(folder: string): boolean {
  const passable = (statSync(folder).mode & 0o001) !== 0;
  return passable && (folder === dirname(folder) || isReachable(dirname(folder)));
}
