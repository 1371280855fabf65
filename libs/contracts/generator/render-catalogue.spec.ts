import { expect, test } from '@jest/globals';
import { schemaFolderOf } from '@millrace/avro';

import { renderCatalogue } from './render-catalogue.ts';

const schema = (version: number, fields: readonly object[]) =>
  [
    `things/ThingMade.v${version}.avsc`,
    JSON.stringify({ type: 'record', name: 'ThingMade', namespace: 'things', doc: 'It was made.', fields }),
  ] as const;

test('SHR-47 the catalogue has the newest version of each event with all fields, also those inside', () => {
  const id = { name: 'thingId', type: 'string', doc: 'The thing.' };
  const part = {
    type: 'record',
    name: 'Part',
    doc: 'A part.',
    fields: [
      {
        name: 'kind',
        type: { type: 'enum', name: 'Kind', doc: 'A | B.', symbols: ['A', 'B'], default: 'A' },
        doc: 'A | B.',
      },
    ],
  };
  const parts = { name: 'parts', type: { type: 'array', items: part }, doc: 'What it is made of.', default: [] };
  const note = { name: 'note', type: ['null', 'string'], doc: 'A word.', default: null };
  const { files } = schemaFolderOf(new Map([schema(1, [id]), schema(2, [id, parts, note])]));
  const page = renderCatalogue(files);
  expect(page).toContain('## things\n\nTopic `things.events.v1`.');
  expect(page).toContain('### ThingMade, version 2\n\nIt was made.\n');
  expect(page).not.toContain('version 1\n');
  expect(page).toContain('| `parts` | list of Part | What it is made of. |');
  expect(page).toContain('| `parts[].kind` | `A` `B` | A \\| B. |');
  expect(page).toContain('| `note` | null or string | A word. |');
});
