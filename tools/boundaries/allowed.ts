import type { Text } from './lint-texts.ts';

const using = (...specifiers: string[]) =>
  specifiers
    .map((specifier, index) => `import { thing as thing${index} } from '${specifier}';\nthing${index}();\n`)
    .join('');

/** What the same rules let pass: without these a rule that refuses everything would look right. */
export const allowed: readonly Text[] = [
  {
    file: 'libs/domain/orders/src/allowed.ts',
    text: using('@millrace/contracts/orders', '@millrace/core', './order.ts'),
  },
  { file: 'libs/domain/orders/src/allowed-date.ts', text: "export const start = new Date('2026-01-01T00:00:00Z');\n" },
  {
    file: 'libs/domain/orders/src/allowed.spec.ts',
    text: using('@jest/globals', '@millrace/core/testing', 'fast-check'),
  },
  { file: 'libs/core/src/testing/allowed.ts', text: using('@jest/globals', '../decider.ts') },
  { file: 'libs/contracts/generate.ts', text: using('node:fs', '@millrace/avro', 'prettier') },
  { file: 'libs/platform/kafka/src/allowed.ts', text: using('@millrace/config', 'kafkajs') },
  { file: 'libs/platform/postgres/src/allowed.int.spec.ts', text: using('@jest/globals', '@millrace/testing') },
  { file: 'libs/platform/stack/src/allowed.ts', text: 'export const home = process.env.MILLRACE_HOME;\n' },
  { file: 'libs/testing/src/allowed.ts', text: using('@millrace/postgres', '@millrace/stack') },
  {
    file: 'libs/read-models/orders/src/allowed.ts',
    text: using('@millrace/contracts/orders', '@millrace/core', '@millrace/postgres'),
  },
  {
    file: 'apps/orders-by-status-projection/src/main.ts',
    text: `${using('@millrace/consumer', '@millrace/kafka', '@millrace/orders-read-models')}export const { env } = process;\nexport const home = process.env.HOME;\n`,
  },
  {
    file: 'apps/command-api/src/allowed.ts',
    text: using('@millrace/contracts/orders', '@millrace/event-store', '@millrace/orders', 'fastify'),
  },
  {
    file: 'apps/cli/src/allowed.ts',
    text: using('@millrace/consumer', '@millrace/event-store', '@millrace/orders-read-models'),
  },
  {
    file: 'apps/e2e/src/allowed.e2e.spec.ts',
    text: using('@millrace/event-store', '@millrace/orders-read-models', '@millrace/testing'),
  },
];
