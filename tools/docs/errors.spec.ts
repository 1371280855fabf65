import { readFile } from 'node:fs/promises';

import { expect, it } from '@jest/globals';
import { errorCatalogue } from '@millrace/core';

it('docs/errors.md and the catalogue say the same of every platform error', async () => {
  const text = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const documented = [...text.matchAll(/^\| `([A-Z_]+)` +\| (yes|no) +\| (.+?) +\|$/gm)].map(
    ([, code, retriable, meaning]) => [code, { retriable: retriable === 'yes', meaning }],
  );
  expect(Object.fromEntries(documented)).toEqual(errorCatalogue);
});
