import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { format, getFileInfo, resolveConfig } from 'prettier';

import type { Plan } from './plan.ts';

/** What was written, by path. */
export type Done = { readonly made: readonly string[]; readonly changed: readonly string[] };

/**
 * Carries a plan out in the current folder: all of it or, where a file exists already or the place of an edit is not found,
 * nothing.
 */
export async function carryOut({ files, edits }: Plan): Promise<Done> {
  const present = files.filter(({ path }) => existsSync(path)).map(({ path }) => path);
  if (present.length > 0) throw new Error(`already there: ${present.join(', ')}`);

  const texts = new Map(files.map(({ path, text }) => [path, text]));
  for (const { path, edit } of edits) texts.set(path, editedBy(edit, path, texts.get(path)));
  for (const [path, text] of texts) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await formatted(path, text));
  }
  if (files.some(({ path }) => path.startsWith('schemas/'))) generate();
  const made = files.map(({ path }) => path);
  return { made, changed: [...texts.keys()].filter((path) => !made.includes(path)) };
}

function editedBy(edit: (text: string) => string, path: string, before = readFileSync(path, 'utf8')): string {
  try {
    return edit(before);
  } catch (cause) {
    throw new Error(`${path}: ${(cause as Error).message}`, { cause });
  }
}

async function formatted(path: string, text: string): Promise<string> {
  const { inferredParser } = await getFileInfo(path);
  return inferredParser ? format(text, { ...(await resolveConfig(path)), parser: inferredParser }) : text;
}

function generate(): void {
  const { status } = spawnSync(process.execPath, ['libs/contracts/generate.ts'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('npm run generate failed');
}
