import type { Queryable } from '@millrace/queries';

import type { AnswerCache } from './answer-cache.ts';

/** What the handlers of queries work with. */
export type ReadSide = { readonly database: Queryable; readonly cache: AnswerCache };
