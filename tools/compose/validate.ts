import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';

const schema = JSON.parse(readFileSync(join(import.meta.dirname, 'compose-spec.json'), 'utf8')) as object;
// The schema's formats (durations, ports) are those of Compose, not of JSON Schema.
const isValid = new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).compile(schema);

/** What the published schema has against a compose file. */
export function schemaProblems(file: unknown): readonly string[] {
  isValid(file);
  return (isValid.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

/** What `docker compose` has against docker-compose.yml; nothing where this machine has no such command. */
export function dockerProblems(): readonly string[] {
  if (spawnSync('docker', ['compose', 'version']).status !== 0) return [];
  const { status, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], { encoding: 'utf8' });
  return status === 0 ? [] : [stderr];
}
