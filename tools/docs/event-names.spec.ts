import { readFile } from 'node:fs/promises';

import { expect, test } from '@jest/globals';
import { internalCatalogues } from '@millrace/contracts/topology';

const definitions = internalCatalogues.flatMap((catalogue) => catalogue.definitions);

test('TOX-6 T-21 docs/event-names.md and the catalogues say the same of every older name', async () => {
  const text = await readFile(new URL('../../docs/event-names.md', import.meta.url), 'utf8');
  const documented = [...text.matchAll(/^\| `(\w+)` +\| `([\w.]+)` +\|/gm)].map(
    ([, type, alias]) => `${alias} → ${type}`,
  );
  const known = definitions.flatMap(({ type, aliases = [] }) => aliases.map((alias) => `${alias} → ${type}`));
  expect(documented.sort()).toEqual(known.sort());
});

test('TOX-6 T-21 event types are CamelCase and begin with their aggregate, older names are dotted lower case', () => {
  for (const { type, aggregateType, aliases = [] } of definitions) {
    expect(aggregateType).toMatch(/^[a-z]+$/);
    expect(type).toMatch(new RegExp(`^${aggregateType}([A-Z][a-z]+)+$`, 'i'));
    expect(type).toMatch(/^([A-Z][a-z]+)+$/);
    for (const alias of aliases) expect(alias).toMatch(new RegExp(`^${aggregateType}\\.[a-z_]+$`));
  }
});
