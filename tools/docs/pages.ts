import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { anchorOf } from './alerts/runbook-pages.ts';

/** Pages that people read, from the repository's root; run from there. */
export function pages(): readonly string[] {
  return ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md').sort()];
}

/** The links of a page whose file or heading is not there; links to other places are not followed. */
export function brokenLinks(page: string): readonly string[] {
  const text = withoutCode(readFileSync(page, 'utf8'));
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target) && !resolves(page, target));
}

function resolves(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(file)) return false;
  return anchor === undefined || headingsOf(readFileSync(file, 'utf8')).includes(anchor);
}

function headingsOf(text: string): readonly string[] {
  return [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => anchorOf(title));
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```.*?^```$/gms, '');
}

/** A command of the CLI as a page cites it: the words before the first option or argument, and its options. */
export type CitedCommand = { readonly words: readonly string[]; readonly options: readonly string[] };

/** Every `npx millrace …` of a page that names a command. */
export function citedCommands(page: string): readonly CitedCommand[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/npx millrace ([^`\n#|)]+)/g)].flatMap(([, line = '']) => {
    const parts = line.trim().split(/\s+/);
    const end = parts.findIndex((part) => !/^[a-z-]+$/.test(part) || part.startsWith('--'));
    const words = end === -1 ? parts : parts.slice(0, end);
    const options = parts.filter((part) => /^--[a-z-]+$/.test(part));
    return words.length === 0 ? [] : [{ words: words.slice(0, 2), options }];
  });
}
