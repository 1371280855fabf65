import { join } from 'node:path';

import { expect, test } from '@jest/globals';
import { readSchemaFolder, registerSchemas, type SchemaFolder } from '@millrace/avro';
import { catalogues } from '@millrace/contracts/topology';
import { testServices } from '@millrace/testing';

import { registryBaseline } from './baseline.ts';
import { checkSchemas } from './check-schemas.ts';

const checkout = join(import.meta.dirname, '../../../../schemas');

/** The checkout with one more field in the newest OrderCreated. */
function withNote({ files, problems }: SchemaFolder): SchemaFolder {
  const note = { name: 'note', type: 'string', doc: 'A note.' };
  const edited = files.map((file) => {
    if (file.type !== 'OrderCreated' || file.version !== 2) return file;
    return { ...file, schema: { ...file.schema, fields: [...file.schema.fields, note] } };
  });
  return { files: edited, problems };
}

test('SHR-17 the checkout passes against the registry it was registered in, an incompatible edit does not', async () => {
  const { schemaRegistryUrl } = testServices();
  await registerSchemas({ registryUrl: schemaRegistryUrl, catalogues });
  const [folder, baseline] = await Promise.all([readSchemaFolder(checkout), registryBaseline(schemaRegistryUrl)]);
  expect(checkSchemas(folder, baseline)).toEqual([]);
  expect(checkSchemas(withNote(folder), baseline)).toMatchObject([
    {
      path: 'OrderCreated.note',
      problem: 'was changed in v2, which is registered',
      fix: expect.stringContaining('OrderCreated.v3.avsc'),
    },
    {
      path: 'OrderCreated.note',
      problem: 'was added without a default',
      rule: expect.stringContaining('FULL_TRANSITIVE'),
    },
  ]);
});

test('a registry that does not answer is an error, not a pass', async () => {
  await expect(registryBaseline('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
});
