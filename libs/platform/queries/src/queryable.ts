import type { Database } from '@millrace/postgres';

/** What queries need of a database. */
export type Queryable = Pick<Database, 'query'>;
