import { readdirSync, readFileSync } from 'node:fs';

import { expect, test } from '@jest/globals';

import { brokenLinks, pages } from './pages.ts';

test.each(pages())('SHR-47 every link of %s leads somewhere', (page) => {
  expect(brokenLinks(page)).toEqual([]);
});

test('SHR-47 docs/README.md lists every document', () => {
  const index = readFileSync('docs/README.md', 'utf8');
  const documents = readdirSync('docs').filter((name) => name !== 'README.md');
  expect(documents.filter((name) => !index.includes(`](${name})`))).toEqual([]);
});
