import { append } from './append.ts';
import { cdc } from './cdc.ts';
import { consumer } from './consumer.ts';
import { e2e } from './e2e.ts';
import { growth } from './growth.ts';
import { http } from './http.ts';
import { projection } from './projection.ts';
import { rebuild } from './rebuild.ts';
import type { Suite } from './suite.ts';

/** All suites, in the order in which they run. */
export const suites: readonly Suite[] = [append, growth, consumer, projection, rebuild, http, cdc, e2e];
