import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { MillraceError } from '@millrace/core';

import type { Home } from './home.ts';
import { writeAtomically } from './write-atomically.ts';

const secretNames = ['owner', 'registry', 'command', 'projector', 'query', 'cdc', 'backup'] as const;

/** Passwords of the Postgres roles of one home. `owner` is the superuser `millrace`. */
export type Secrets = Readonly<Record<(typeof secretNames)[number], string>>;

/**
 * Reads the passwords of a home and makes those that are missing. The file is readable by its owner only.
 * @throws MillraceError `STACK_FAILED` when Postgres data exists but its passwords are gone
 */
export function loadSecrets(home: Home): Secrets {
  if (!existsSync(home.secretsFile) && existsSync(join(home.postgres, 'data'))) {
    throw new MillraceError(
      'STACK_FAILED',
      `${home.secretsFile} is gone, and with it the passwords of the data in ${home.postgres}: restore it, or delete ${home.root} to start anew`,
    );
  }
  const known = existsSync(home.secretsFile)
    ? (JSON.parse(readFileSync(home.secretsFile, 'utf8')) as Partial<Secrets>)
    : {};
  const missing = secretNames.filter((name) => known[name] === undefined);
  const secrets = {
    ...known,
    ...Object.fromEntries(missing.map((name) => [name, randomBytes(24).toString('base64url')])),
  } as Secrets;
  if (missing.length > 0) writeAtomically(home.secretsFile, `${JSON.stringify(secrets, null, 2)}\n`, 0o600);
  return secrets;
}
