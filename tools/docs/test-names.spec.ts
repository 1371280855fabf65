import { expect, test } from '@jest/globals';

import { mentionsIn } from './test-names.ts';

const names = (text: string) => mentionsIn('a.spec.ts', text).map(({ id, name }) => [id, name]);

test('tests and groups of tests name requirements', () => {
  expect(
    names("describe('JOB-1 T-2 a job', () => { it('JOB-3 runs', () => {}); test.skip('JOB-4 waits', f); });"),
  ).toEqual([
    ['JOB-1', 'a job'],
    ['T-2', 'a job'],
    ['JOB-3', 'runs'],
    ['JOB-4', 'waits'],
  ]);
});

test('templates name them, whatever is filled in', () => {
  expect(names("test.each(rows)('ACC-1 %s is $outcome.code', f);")).toEqual([['ACC-1', '… is …']]);
  expect(names('it(`ACC-2 ${verb} twice`, f);')).toEqual([['ACC-2', '… twice']]);
});

test('so do the rows of a table, written there or above', () => {
  expect(names("test.each([['ORD-21 no items', 'x'], [`ORD-22 none`, 'T-1']])('%s', f);")).toEqual([
    ['ORD-21', 'no items'],
    ['ORD-22', 'none'],
    ['T-1', ''],
  ]);
  expect(names("const rows = [{ name: 'TOX-1 a row' }] as const; test.each(rows)('$name', f);")).toEqual([
    ['TOX-1', 'a row'],
  ]);
});

test('other texts do not', () => {
  expect(names("ship('T-1'); test('ships', () => { expect(number).toBe('T-2'); }); // ORD-1")).toEqual([]);
});
