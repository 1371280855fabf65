import type { SchemaFile } from '@millrace/avro';

import { type Contract, contractName, contractsOf, GENERATED_HEADER, latestVersions } from './contract.ts';

/** TypeScript of `schemas.generated.ts`: the schemas as constants, since contracts read no files. Not formatted. */
export function renderSchemas(files: readonly SchemaFile[]): string {
  const type =
    '/** Event type → schema version → Avro schema. */\ntype Schemas = Readonly<Record<string, Readonly<Record<number, object>>>>;';
  return [GENERATED_HEADER, type, ...contractsOf(files).map(renderContract)].join('\n\n');
}

function renderContract(contract: Contract): string {
  const name = contractName(contract);
  const types = latestVersions(contract.files).map(({ type }) => {
    const versions = contract.files.filter((file) => file.type === type);
    return `${type}: { ${versions.map(({ version, schema }) => `${version}: ${JSON.stringify(schema)}`).join(', ')} }`;
  });
  const doc = `/** Every ${contract.published ? 'public ' : ''}event schema of ${contract.domain}. */`;
  return `${doc}\nexport const ${name[0]?.toLowerCase()}${name.slice(1)}Schemas: Schemas = { ${types.join(', ')} };\n`;
}
