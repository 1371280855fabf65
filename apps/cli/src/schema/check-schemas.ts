import { isDeepStrictEqual } from 'node:util';

import {
  type AvroRecord,
  compatibilityProblems,
  fullNameOf,
  type SchemaFile,
  type SchemaFolder,
  type SchemaProblem,
} from '@millrace/avro';

import type { Baseline } from './baseline.ts';

/** A problem and the version of the event that has it; `version` is absent when the file says none. */
export type Finding = SchemaProblem & { readonly file: string };

/** Every reason why the schemas of a folder must not be released, given what was released before. */
export function checkSchemas(folder: SchemaFolder, baseline: Baseline): Finding[] {
  const byName = Map.groupBy(folder.files, ({ schema }) => fullNameOf(schema));
  return [
    ...folder.problems,
    ...[...byName].flatMap(([fullName, files]) =>
      eventFindings(files, baseline.versions.get(fullName) ?? [], baseline),
    ),
    ...missingFiles(folder, baseline),
  ];
}

function eventFindings(files: readonly SchemaFile[], frozen: readonly object[], { fate }: Baseline): Finding[] {
  return files.flatMap((file) => {
    const before = frozen[file.version - 1] as AvroRecord | undefined;
    const changed = before !== undefined && !isDeepStrictEqual(before, file.schema);
    // An edit of a frozen version is judged as the next version that it should have been.
    const version = changed ? frozen.length + 1 : file.version;
    const older = changed ? frozen : olderSchemas(files, frozen, file.version);
    const problems = compatibilityProblems(older.map(versioned), { version, schema: file.schema });
    const edits = changed ? editsOf(before, file, { fate, next: version }) : [];
    return [...edits, ...problems].map((problem) => ({ ...problem, file: file.path }));
  });
}

const versioned = (schema: object, index: number) => ({ version: index + 1, schema: schema as AvroRecord });

/** All versions below one: frozen where they are, else as the files say. */
function olderSchemas(files: readonly SchemaFile[], frozen: readonly object[], version: number): readonly object[] {
  return files.filter((file) => file.version < version).map((file) => frozen[file.version - 1] ?? file.schema);
}

type EditContext = { readonly fate: string; readonly next: number };

function editsOf(
  before: AvroRecord,
  { schema, type, version }: SchemaFile,
  { fate, next }: EditContext,
): SchemaProblem[] {
  const fields = changedFields(before, schema).map((field) => `${type}.${field}`);
  return (fields.length > 0 ? fields : [type]).map((path) => ({
    path,
    problem: `was changed in v${version}, which is ${fate}`,
    rule: `a version that is ${fate} never changes: records may have been written with it`,
    fix: `restore v${version} and make the change in ${type}.v${next}.avsc`,
  }));
}

function changedFields(before: AvroRecord, after: AvroRecord): string[] {
  const fieldOf = (schema: AvroRecord, wanted: string) => schema.fields.find(({ name }) => name === wanted);
  const names = new Set([...before.fields, ...after.fields].map(({ name }) => name));
  return [...names].filter((name) => !isDeepStrictEqual(fieldOf(before, name), fieldOf(after, name)));
}

function missingFiles({ files, problems }: SchemaFolder, { fate, versions }: Baseline): Finding[] {
  const present = new Set(files.map(({ schema, version }) => `${fullNameOf(schema)} ${version}`));
  return [...versions].flatMap(([fullName, schemas]) =>
    schemas.flatMap((_, index) => {
      const file = `${fullName.replaceAll('.', '/')}.v${index + 1}.avsc`;
      const known = present.has(`${fullName} ${index + 1}`) || problems.some((problem) => problem.file === file);
      if (known) return [];
      const rule = `a version that is ${fate} is needed as long as records of it exist`;
      const fix = 'restore the file, or bring the checkout up to date';
      return [{ file, path: fullName, problem: `has no file for v${index + 1}, which is ${fate}`, rule, fix }];
    }),
  );
}
