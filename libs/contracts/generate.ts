/**
 * Writes what is made from other sources: the TypeScript of every event schema, the catalogue `docs/events.md`, and
 * `.env.example`.
 *
 *     node libs/contracts/generate.ts           # write
 *     node libs/contracts/generate.ts --check   # exit 1 and name each file that is not fresh
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describeProblem, readSchemaFolder } from '@millrace/avro';
import { envExample } from '@millrace/config';
import { format, resolveConfig } from 'prettier';

import { renderCatalogue } from './generator/render-catalogue.ts';
import { renderSchemas } from './generator/render-schemas.ts';
import { renderTypes } from './generator/render-types.ts';

const workspace = join(import.meta.dirname, '../..');

/** Path below the workspace → text that should be there. */
async function generatedFiles(): Promise<Map<string, string>> {
  const { files, problems } = await readSchemaFolder(join(workspace, 'schemas'));
  if (problems.length > 0)
    throw new Error(
      `${problems.length} problem(s) in schemas/:\n  ${problems.map((problem) => `${problem.file}: ${describeProblem(problem)}`).join('\n  ')}`,
    );

  const generated = new Map([['.env.example', envExample()]]);
  for (const [domain, own] of Map.groupBy(files, (file) => file.domain)) {
    const folder = `libs/contracts/src/${domain}`;
    generated.set(`${folder}/events.generated.ts`, await formatted(renderTypes(own)));
    generated.set(`${folder}/schemas.generated.ts`, await formatted(renderSchemas(own)));
  }
  generated.set('docs/events.md', await formatted(renderCatalogue(files), 'markdown'));
  return generated;
}

async function formatted(source: string, parser = 'typescript'): Promise<string> {
  const options = await resolveConfig(join(workspace, 'package.json'));
  return format(source, { ...options, parser });
}

async function staleFiles(generated: ReadonlyMap<string, string>): Promise<string[]> {
  const stale = await Promise.all(
    [...generated].map(async ([path, text]) => {
      const present = await readFile(join(workspace, path), 'utf8').catch(() => '');
      return present === text ? [] : [path];
    }),
  );
  return stale.flat();
}

async function main(): Promise<void> {
  const generated = await generatedFiles();
  const stale = await staleFiles(generated);
  if (process.argv.includes('--check')) {
    if (stale.length === 0) return console.log(`${generated.size} generated files are fresh`);
    throw new Error(`not fresh, run \`npm run generate\`:\n  ${stale.join('\n  ')}`);
  }
  await Promise.all(stale.map((path) => writeFile(join(workspace, path), generated.get(path) ?? '')));
  console.log(
    `${stale.length} of ${generated.size} generated files written${stale.map((path) => `\n  ${path}`).join('')}`,
  );
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
