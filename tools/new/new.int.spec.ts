import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { ScratchRepository } from './scratch-repository.fixture.ts';

const tsc = 'node_modules/typescript/bin/tsc';
const prettier = 'node_modules/prettier/bin/prettier.cjs';

let scratch: ScratchRepository;
let database: TestDatabase;
beforeAll(async () => {
  scratch = new ScratchRepository();
  database = await createTestDatabase();
  const wanted = [
    ['domain', 'invoices'],
    ['event', 'invoices', 'InvoicePaid'],
    ['projection', 'invoices', 'invoices-by-customer'],
    ['saga', 'dunning-saga', 'invoices', 'InvoicePaid'],
    ['event', 'users', 'UserInvited'],
    ['projection', 'employments', 'open-employments'],
  ];
  for (const arguments_ of wanted) {
    scratch.link();
    await scratch.succeed(['tools/new.ts', ...arguments_]);
  }
  scratch.link();
});
afterAll(async () => {
  scratch.remove();
  await database.drop();
});

describe('what npm run new makes, as it stands', () => {
  test('ACC-22 is fresh and formatted', async () => {
    await scratch.succeed(['libs/contracts/generate.ts', '--check']);
    await scratch.succeed([prettier, '--check', ...scratch.touched(/\.(ts|md|json|yml)$/)]);
  });

  test('ACC-22 passes lint', async () => {
    await scratch.succeed(['tools/lint.ts', ...scratch.touched(/(?<!generated)\.ts$/)]);
  });

  test('ACC-22 compiles with the rest', async () => {
    await scratch.succeed([tsc, '-p', '.']);
  });

  test('ACC-22 passes its unit tests, and those that keep the lists in step', async () => {
    const others = ['tools/compose', 'tools/boundaries/imports', 'apps.spec', 'libs/domain/users'];
    const specs = [...scratch.touched(/(?<!int)\.spec\.ts$/), ...others];
    await scratch.succeed(['tools/jest.ts', 'unit', ...specs]);
  });

  test('ACC-22 migrates a real database, and answers from it', async () => {
    await scratch.succeed(['tools/jest.ts', 'int', ...scratch.touched(/int\.spec\.ts$/)]);
    const migrate = `import { migrate } from '@millrace/postgres'; console.log(await migrate(process.env.DATABASE_URL));`;
    const env = { DATABASE_URL: database.url };
    expect(await scratch.succeed(['--input-type=module', '--eval', migrate], env)).toMatch(
      /_invoice_view'.*_invoices_by_customer'.*_open_employments'/s,
    );
  });
});

describe('npm run new', () => {
  test.each([
    ['nothing', [], 2],
    ['what there is no generator for', ['aggregate', 'invoices'], 2],
    ['a name too few', ['event', 'invoices'], 2],
    ['a domain that exists', ['domain', 'orders'], 1],
    ['a domain in the singular', ['domain', 'payment'], 1],
    ['a domain that is a word of the language', ['domain', 'returns'], 1],
    ['an event that exists', ['event', 'orders', 'OrderShipped'], 1],
    ['an event of no domain', ['event', 'payments', 'PaymentMade'], 1],
    ['a saga without an event', ['saga', 'dunning-saga', 'invoices'], 2],
    ['a saga that nothing starts', ['saga', 'dunning-saga', 'orders', 'OrderEaten'], 1],
    ['a projection that exists', ['projection', 'orders', 'orders-by-status'], 1],
  ])('refuses %s, and writes nothing', async (_case, arguments_, exitCode) => {
    const before = scratch.touched(/./);
    const { exitCode: actual, output } = await scratch.run(['tools/new.ts', ...arguments_]);
    expect({ actual, output }).toEqual({ actual: exitCode, output: expect.not.stringContaining('    at ') });
    expect(scratch.touched(/./)).toEqual(before);
  });
});
