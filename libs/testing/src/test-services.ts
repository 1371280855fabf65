/** Addresses of the real Postgres, Kafka, registry and Connect that `global-setup.mjs` started for this test run. */
export type TestServices = {
  /** Superuser of the Postgres server. */
  readonly databaseUrl: string;
  readonly kafkaBrokers: readonly string[];
  readonly schemaRegistryUrl: string;
  readonly connectUrl: string;
  /** The same Postgres as Connect reaches it. */
  readonly connectDatabaseHost: string;
  readonly connectDatabasePort: string;
};

const VARIABLE = 'MILLRACE_TEST_SERVICES';

/** Hands the addresses to the tests; called by the global set-up. */
export function publishTestServices(services: TestServices): void {
  process.env[VARIABLE] = JSON.stringify(services);
}

/** @throws Error outside of an integration or end-to-end run */
export function testServices(): TestServices {
  const text = process.env[VARIABLE];
  if (!text) throw new Error('no services: run integration tests with `npm run test:int` or `nx test-int`');
  return JSON.parse(text) as TestServices;
}
