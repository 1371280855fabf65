import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { AvroRecord } from './avro-schema.ts';
import type { SchemaProblem } from './schema-problem.ts';
import { isAvroRecord, schemaProblems } from './schema-rules.ts';

/** One version of one event type, as read from `schemas/<domain>/[published/]<type>.v<version>.avsc`. */
export type SchemaFile = {
  /** Path below the schemas folder, with slashes. */
  readonly path: string;
  readonly domain: string;
  /** Whether it belongs to the public contract of the domain. */
  readonly published: boolean;
  readonly type: string;
  readonly version: number;
  readonly schema: AvroRecord;
};

/** A breach of the rules, with the file that it is in. */
export type SchemaFileProblem = SchemaProblem & { readonly file: string };

/** What a schemas folder holds: every file that is Avro, and every breach of the rules. */
export type SchemaFolder = { readonly files: readonly SchemaFile[]; readonly problems: readonly SchemaFileProblem[] };

/**
 * Reads every `.avsc` below `root`, sorted by domain, type and version.
 * @throws Error of the file system when `root` cannot be read; what is wrong with a schema is in `problems`
 */
export async function readSchemaFolder(root: string): Promise<SchemaFolder> {
  const entries = await readdir(root, { recursive: true });
  const paths = entries.map((path) => path.replaceAll('\\', '/')).filter((path) => path.endsWith('.avsc'));
  const texts = await Promise.all(paths.map((path) => readFile(join(root, path), 'utf8')));
  return schemaFolderOf(new Map(paths.map((path, index) => [path, texts[index] ?? ''])));
}

/** The same for files that are already in memory: path below the schemas folder → text. */
export function schemaFolderOf(texts: ReadonlyMap<string, string>): SchemaFolder {
  const parsed = [...texts].map(([path, text]) => parseFile(path, text));
  const files = parsed.flatMap(({ file }) => file ?? []).sort(byTypeAndVersion);
  return { files, problems: [...parsed.flatMap(({ problems }) => problems), ...versionGaps(files)] };
}

const FILE_NAME = /^([a-z][a-z0-9-]*)\/(?:(published)\/)?([A-Z][A-Za-z0-9]*)\.v([1-9][0-9]*)\.avsc$/;

type ParsedFile = { readonly file?: SchemaFile; readonly problems: readonly SchemaFileProblem[] };

function parseFile(path: string, text: string): ParsedFile {
  const [, domain = '', published, type = '', version] = FILE_NAME.exec(path) ?? [];
  if (!version)
    return refusedFile(path, {
      problem: 'is misnamed',
      fix: 'name it <domain>/[published/]<EventName>.v<version>.avsc',
    });

  const schema = parseJson(text);
  if (schema instanceof SyntaxError)
    return refusedFile(path, { problem: `is not JSON: ${schema.message}`, fix: 'correct the syntax' });

  const problems = schemaProblems(schema, { type, namespace: published ? `${domain}.published` : domain });
  const found = problems.map((problem) => ({ file: path, ...problem }));
  if (!isAvroRecord(schema)) return { problems: found };
  return {
    file: { path, domain, published: published !== undefined, type, version: Number(version), schema },
    problems: found,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}

function refusedFile(file: string, breach: Pick<SchemaProblem, 'problem' | 'fix'>): ParsedFile {
  return { problems: [{ file, path: file, rule: 'one JSON file per event version', ...breach }] };
}

function byTypeAndVersion(left: SchemaFile, right: SchemaFile): number {
  const order = (file: SchemaFile) => `${file.domain}/${file.published ? 1 : 0}/${file.type}`;
  if (order(left) === order(right)) return left.version - right.version;
  return order(left) < order(right) ? -1 : 1;
}

/** Files in the order of `byTypeAndVersion`. */
function versionGaps(files: readonly SchemaFile[]): SchemaFileProblem[] {
  return files.flatMap((file, index) => {
    const before = files[index - 1];
    const sameType =
      before && before.domain === file.domain && before.published === file.published && before.type === file.type;
    const expected = sameType ? before.version + 1 : 1;
    if (file.version === expected) return [];
    const rule = 'versions count from 1 without a gap: each is reached from the one before';
    const fix = `restore version ${expected}, or name this one v${expected}`;
    return [{ file: file.path, path: file.type, problem: `has no version ${expected}`, rule, fix }];
  });
}
