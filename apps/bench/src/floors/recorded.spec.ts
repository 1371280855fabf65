import { expect, it } from '@jest/globals';
import type { Database } from '@millrace/postgres';

import { recording, scriptOf, type Sent } from './recorded.ts';

/** Postgres that answers anything with nothing. */
const silent = (() => {
  const query = async () => ({ rows: [], rowCount: 0 });
  const transaction: Database['transaction'] = (work) => work({ query } as never);
  return { query, transaction, close: async () => undefined } as unknown as Database;
})();

it('writes down what is sent, in a transaction and outside of one', async () => {
  const sent: Sent[] = [];
  const database = recording(silent, sent);
  await database.query('select 1');
  await database.transaction((transaction) => transaction.query({ name: 'save', text: 'save $1', values: ['x'] }));
  expect(sent).toEqual([
    { text: 'select 1', values: [] },
    { text: 'begin', values: [] },
    { name: 'save', text: 'save $1', values: ['x'] },
    { text: 'commit', values: [] },
  ]);
});

it('becomes a script that prepares each text once, and says the warm-up in its first run', () => {
  const save = (...values: unknown[]): Sent => ({ name: 'save', text: 'save $1, $2', values });
  const [begin, commit] = [
    { text: 'begin', values: [] },
    { text: 'commit', values: [] },
  ];
  const script = scriptOf([begin, save("it's", 1), commit, begin, save(null, '{"a":null}'), commit], 3);
  expect(script.split('\n')).toEqual([
    String.raw`\set run :run + 1`,
    String.raw`\if :run = 1`,
    'prepare s0 as save $1, $2;',
    ...['begin;', "execute s0('it''s', '1');", 'commit;'],
    String.raw`\else`,
    ...['begin;', `execute s0(null, '{"a":null}');`, 'commit;'],
    String.raw`\endif`,
    '',
  ]);
});

it('refuses a value that it cannot write down', () => {
  expect(() => scriptOf([{ text: 'save $1', values: [Buffer.from('x')] }], 0)).toThrow('no literal for a object');
});
