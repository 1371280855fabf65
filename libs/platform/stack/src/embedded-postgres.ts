import type { Environment } from '@millrace/config';

import { ownerUrl, postgresComponent } from './components/postgres.ts';
import { findPostgres } from './components/postgres-binaries.ts';
import { createHome, homeAt } from './home.ts';
import { freePort } from './ports.ts';
import { loadSecrets } from './secrets.ts';
import { singleShape } from './stack-shape.ts';
import { type AloneComponent, startAlone } from './start-alone.ts';

/** How to start Postgres without the rest of the stack. */
export type EmbeddedPostgresOptions = {
  /** Folder of its data. */
  readonly home: string;
  readonly environment: Environment;
  /** Settings of the server besides those of the stack. */
  readonly settings?: Readonly<Record<string, string>>;
};

/** A running Postgres: the process is the postmaster, whose children are all other processes of the server. */
export type EmbeddedPostgres = AloneComponent & {
  /** URL of the superuser for a database that exists. */
  readonly url: string;
};

/**
 * Starts the Postgres of the stack alone, for tools that need neither Kafka nor Java.
 * @throws MillraceError `STACK_FAILED` when it is missing or does not start; nothing is left running
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { environment, settings = {} } = options;
  const home = homeAt(options.home);
  createHome(home);
  const secrets = loadSecrets(home);
  const port = await freePort();
  const { maxConnections } = singleShape;
  const component = postgresComponent(home, {
    ...{ port, secrets, maxConnections, environment, settings },
    binaries: await findPostgres(),
  });
  return { url: ownerUrl(port, secrets), ...(await startAlone(home, component)) };
}
