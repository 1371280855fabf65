import type { SchemaFile } from '@millrace/avro';

/** The schemas of one contract of a domain, the internal or the public one: all versions, sorted. */
export type Contract = { readonly domain: string; readonly published: boolean; readonly files: readonly SchemaFile[] };

/** First lines of every generated file. */
export const GENERATED_HEADER = `// Generated from schemas/**/*.avsc by \`npm run generate\`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.`;

/** The contracts that one domain has: internal first, then public. */
export function contractsOf(files: readonly SchemaFile[]): Contract[] {
  return [false, true].flatMap((published) => {
    const own = files.filter((file) => file.published === published);
    return own[0] ? [{ domain: own[0].domain, published, files: own }] : [];
  });
}

/** The newest version of each type. */
export function latestVersions(files: readonly SchemaFile[]): SchemaFile[] {
  return [...new Map(files.map((file) => [file.type, file])).values()];
}

/** Prefix of generated names: `Order` for orders, `OrderPublic` for its public contract. */
export function contractName({ domain, published }: Contract): string {
  const singular = domain.replace(/ies$/, 'y').replace(/s$/, '');
  const name = singular.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return published ? `${name}Public` : name;
}
