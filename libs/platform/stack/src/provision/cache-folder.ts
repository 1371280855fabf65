import { homedir } from 'node:os';
import { join } from 'node:path';

import type { Environment } from '@millrace/config';

/** Folder of the user for what can be made again: the jars, and code that Node has compiled. */
export function cacheFolder(environment: Environment): string {
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'millrace');
}
