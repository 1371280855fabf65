import { fullNameOf, type SchemaFile } from '@millrace/avro';
import pico from 'picocolors';

import type { Answer } from '../cli.ts';
import type { Finding } from './check-schemas.ts';

/** Outcome of a check. */
export type SchemaReport = {
  readonly files: readonly SchemaFile[];
  readonly findings: readonly Finding[];
  readonly comparedWith: string;
};

/** The outcome as lines (✔ per version, ✖ with field, rule and fix) and as JSON. */
export function schemaAnswer({ files, findings, comparedWith }: SchemaReport): Answer {
  const bad = Map.groupBy(findings, ({ file }) => file);
  const good = files.filter(({ path }) => !bad.has(path));
  const summary = `${files.length} schemas compared with ${comparedWith}: ${findings.length} problem(s)`;
  const json = {
    ok: findings.length === 0,
    comparedWith,
    schemas: files.map((file) => ({
      file: file.path,
      event: fullNameOf(file.schema),
      version: file.version,
      ok: !bad.has(file.path),
    })),
    problems: findings.map(({ file, path, problem, rule, fix }) => ({ file, field: path, problem, rule, fix })),
  };
  const lines = [
    ...good.map(({ schema, version }) => `${pico.green('✔')} ${fullNameOf(schema)} v${version}`),
    ...[...bad].flatMap(([file, problems]) => [`${pico.red('✖')} ${file}`, ...problems.flatMap(problemLines)]),
    '',
    summary,
  ];
  return { text: lines.join('\n'), json };
}

function problemLines({ path, problem, rule, fix }: Finding): string[] {
  return [`    ${path} ${problem}`, `      rule  ${rule}`, `      fix   ${fix}`];
}
