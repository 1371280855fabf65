import { append } from './append.ts';
import { cdc } from './cdc.ts';
import { growth } from './growth.ts';
import { http } from './http.ts';
import type { Suite } from './suite.ts';

/** All suites, in the order in which they run. */
export const suites: readonly Suite[] = [append, growth, http, cdc];
