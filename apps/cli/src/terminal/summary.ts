import type { EmbeddedStack, ServiceStatus } from '@millrace/stack';

import type { Colors } from './colors.ts';

/** What the summary after a start is made of. */
export type SummaryFacts = {
  readonly env: EmbeddedStack['env'];
  readonly services: readonly ServiceStatus[];
  /** Folder of the log files. */
  readonly logs: string;
  /** Appended to printed commands so that they mean this stack. */
  readonly homeArgument: string;
};

/** Addresses, and lines that can be pasted. */
export function summary({ env, services, logs, homeArgument }: SummaryFacts, colors: Colors): string {
  const withApps = services.some(({ kind }) => kind === 'app');
  const places = [
    ...(withApps ? [['API', env.MILLRACE_URL]] : []),
    ['Postgres', withoutPassword(env.DATABASE_URL)],
    ['Kafka', env.KAFKA_BROKERS],
    ['Registry', env.SCHEMA_REGISTRY_URL],
    ['Connect', env.CONNECT_URL],
    ['Logs', logs],
  ];
  const session = withApps
    ? ['', '  Try it:', '', ...sampleSession(env.MILLRACE_URL, homeArgument).map((line) => `    ${colors.cyan(line)}`)]
    : [];
  return [
    '',
    ...places.map(([name = '', place]) => `  ${name.padEnd(10)}${place}`),
    ...session,
    '',
    `  ${colors.dim(`npx millrace status${homeArgument} shows what runs. Ctrl-C stops everything and keeps the data.`)}`,
    '',
    '',
  ].join('\n');
}

/** A session that works when pasted: a token, an order, the order as soon as it can be read, its history. */
export function sampleSession(url: string, homeArgument: string): string[] {
  const body = `{"orderId":"'$ORDER'","customerId":"ada","items":[{"sku":"tea","quantity":2,"unitPrice":{"amount":"4.50","currency":"EUR"}}]}`;
  const curl = 'curl -s -w "\\n" -H "authorization: Bearer $TOKEN"';
  return [
    `TOKEN=$(npx millrace token --tenant acme --roles admin --subject alice${homeArgument})`,
    "ORDER=$(node -p 'crypto.randomUUID()')",
    `${curl} -H 'content-type: application/json' -d '${body}' ${url}/v1/orders`,
    `${curl} "${url}/v1/orders/$ORDER?minVersion=1&wait=5s"`,
    `${curl} ${url}/v1/orders/$ORDER/history`,
  ];
}

function withoutPassword(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  return `${url.host}${url.pathname}, user ${url.username}`;
}
