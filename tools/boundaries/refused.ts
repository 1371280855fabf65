/** A file that must not be written, and the rule that refuses it. */
export type Refused = { readonly why: string; readonly file: string; readonly text: string; readonly rule: string };

const boundary = '@nx/enforce-module-boundaries';
const imports = 'no-restricted-imports';
const syntax = 'no-restricted-syntax';
const globals = 'no-restricted-globals';

const domain = 'libs/domain/orders/src/refused.ts';
const core = 'libs/core/src/refused.ts';
const contracts = 'libs/contracts/src/orders/refused.ts';
const platform = 'libs/platform/postgres/src/refused.ts';
const readModel = 'libs/read-models/orders/src/refused.ts';
const eventStore = 'libs/platform/event-store/src/refused.ts';
const projection = 'apps/orders-by-status-projection/src/main.ts';
const publisher = 'apps/external-publisher/src/main.ts';
const commandApi = 'apps/command-api/src/refused.ts';

const named = (specifier: string) => `import { thing } from '${specifier}';\nthing();\n`;
const typed = (specifier: string) => `import type { Thing } from '${specifier}';\nexport type Copy = Thing;\n`;

export const refused: readonly Refused[] = [
  { why: 'domain → other domain', file: domain, text: named('@millrace/jobs'), rule: boundary },
  { why: 'domain → event store', file: domain, text: named('@millrace/event-store'), rule: boundary },
  { why: 'domain → read model', file: domain, text: named('@millrace/orders-read-models'), rule: boundary },
  { why: 'domain → test harness', file: domain, text: named('@millrace/testing'), rule: boundary },
  { why: 'domain → npm package', file: domain, text: named('pg'), rule: boundary },
  { why: 'domain → types of an npm package', file: domain, text: typed('pg'), rule: boundary },
  { why: 'domain → Node API', file: domain, text: named('node:fs'), rule: imports },
  { why: 'domain → Node API without prefix', file: domain, text: named('fs'), rule: imports },
  { why: 'domain → contracts of another domain', file: domain, text: named('@millrace/contracts/jobs'), rule: imports },
  { why: 'domain → library by relative path', file: domain, text: named('../../../core/src/index.ts'), rule: boundary },
  { why: 'domain → file in a library', file: domain, text: named('@millrace/core/src/money.ts'), rule: imports },
  { why: 'domain reads the clock: new Date()', file: domain, text: 'export const now = new Date();\n', rule: syntax },
  { why: 'domain reads the clock: Date()', file: domain, text: 'export const now = Date();\n', rule: syntax },
  { why: 'domain reads the clock: Date.now()', file: domain, text: 'export const now = Date.now();\n', rule: syntax },
  { why: 'domain rolls dice', file: domain, text: 'export const roll = Math.random();\n', rule: syntax },
  { why: 'domain imports at run time', file: domain, text: "await import('node:fs');\n", rule: syntax },
  { why: 'domain → process', file: domain, text: 'process.exit();\n', rule: globals },
  { why: 'domain → globalThis.process', file: domain, text: 'globalThis.process.exit();\n', rule: globals },
  { why: 'domain → crypto', file: domain, text: 'export const id = crypto.randomUUID();\n', rule: globals },

  { why: 'core → contracts', file: core, text: named('@millrace/contracts/orders'), rule: boundary },
  { why: 'core → platform', file: core, text: named('@millrace/config'), rule: boundary },
  { why: 'core → npm package', file: core, text: named('uuid'), rule: boundary },
  { why: 'core → Node API', file: core, text: named('node:crypto'), rule: imports },
  { why: 'core reads the clock', file: core, text: 'export const now = Date.now();\n', rule: syntax },
  { why: 'core → itself by name', file: core, text: named('@millrace/core'), rule: imports },
  {
    why: 'core specs → themselves by name',
    file: 'libs/core/src/refused.spec.ts',
    text: named('@millrace/core'),
    rule: imports,
  },
  { why: 'core testing → npm package', file: 'libs/core/src/testing/refused.ts', text: named('pg'), rule: boundary },

  { why: 'contracts → domain', file: contracts, text: named('@millrace/orders'), rule: boundary },
  { why: 'contracts → platform', file: contracts, text: named('@millrace/avro'), rule: boundary },
  { why: 'contracts → npm package', file: contracts, text: named('avsc'), rule: boundary },
  { why: 'contracts → Node API', file: contracts, text: named('node:fs'), rule: imports },

  { why: 'platform → domain', file: platform, text: named('@millrace/orders'), rule: boundary },
  { why: 'platform → contracts', file: platform, text: named('@millrace/contracts/orders'), rule: boundary },
  { why: 'platform → read model', file: platform, text: named('@millrace/orders-read-models'), rule: boundary },
  { why: 'platform → test harness, outside specs', file: platform, text: named('@millrace/testing'), rule: boundary },
  { why: 'shared platform → write side', file: platform, text: named('@millrace/event-store'), rule: boundary },
  { why: 'shared platform → read side', file: platform, text: named('@millrace/consumer'), rule: boundary },
  { why: 'platform → app', file: platform, text: named('@millrace/gateway'), rule: boundary },
  { why: 'platform → kafkajs', file: platform, text: named('kafkajs'), rule: imports },
  { why: 'platform → kafkajs at run time', file: platform, text: "await import('kafkajs');\n", rule: syntax },
  { why: 'platform → package of a package', file: platform, text: named('pg-protocol'), rule: boundary },
  {
    why: 'platform reads the environment',
    file: platform,
    text: 'export const url = process.env.DATABASE_URL;\n',
    rule: syntax,
  },
  { why: 'write platform → read platform', file: eventStore, text: named('@millrace/consumer'), rule: boundary },
  { why: 'write platform → Kafka', file: eventStore, text: named('@millrace/kafka'), rule: imports },

  { why: 'read model → domain', file: readModel, text: named('@millrace/orders'), rule: boundary },
  { why: 'read model → event store', file: readModel, text: named('@millrace/event-store'), rule: boundary },
  { why: 'read model reads the clock', file: readModel, text: 'export const now = new Date();\n', rule: syntax },
  { why: 'read model → process', file: readModel, text: 'process.exit();\n', rule: globals },

  { why: 'projection → domain', file: projection, text: named('@millrace/orders'), rule: boundary },
  { why: 'projection → event store', file: projection, text: named('@millrace/event-store'), rule: boundary },
  { why: 'projection → command handling', file: projection, text: named('@millrace/command-handling'), rule: boundary },
  { why: 'projection → app', file: projection, text: named('@millrace/query-api'), rule: boundary },
  {
    why: 'projection → app by relative path',
    file: projection,
    text: named('../../query-api/src/main.ts'),
    rule: boundary,
  },
  { why: 'projection → kafkajs', file: projection, text: named('kafkajs'), rule: imports },
  { why: 'publisher → domain', file: publisher, text: named('@millrace/orders'), rule: boundary },
  { why: 'publisher → types of a domain', file: publisher, text: typed('@millrace/orders'), rule: boundary },

  { why: 'command-api → read model', file: commandApi, text: named('@millrace/orders-read-models'), rule: boundary },
  { why: 'command-api → consumer', file: commandApi, text: named('@millrace/consumer'), rule: boundary },
  { why: 'command-api → Kafka', file: commandApi, text: named('@millrace/kafka'), rule: imports },
  { why: 'command-api → kafkajs', file: commandApi, text: named('kafkajs'), rule: imports },
  { why: 'command-api → test harness', file: commandApi, text: named('@millrace/testing'), rule: boundary },
  {
    why: 'command-api → file in a library',
    file: commandApi,
    text: named('@millrace/orders/src/order.ts'),
    rule: imports,
  },
  { why: 'app reads the environment', file: commandApi, text: 'export const home = process.env.HOME;\n', rule: syntax },
  { why: 'app exports everything', file: commandApi, text: "export * from './routes.ts';\n", rule: syntax },
  {
    why: 'main.ts of more than 30 lines',
    file: projection,
    text: Array.from({ length: 31 }, (_, line) => `export const line${line} = ${line};\n`).join(''),
    rule: 'max-lines',
  },
  {
    why: 'a comment that switches a rule off',
    file: domain,
    text: '/* eslint-disable no-restricted-syntax */\nexport const now = Date.now();\n',
    rule: syntax,
  },
];
