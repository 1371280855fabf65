/**
 * Writes docs/requirements.md from the names of all tests.
 *
 *     node tools/docs/requirements.ts           # write
 *     node tools/docs/requirements.ts --check   # exit 1 where the page is not fresh, or a test names an unknown id
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { format, resolveConfig } from 'prettier';

import requirements from './requirements.json' with { type: 'json' };
import { renderPage, unknownIds } from './requirements-page.ts';
import { allMentions } from './test-files.ts';

const page = 'docs/requirements.md';

const mentions = allMentions();
const unknown = unknownIds(requirements, mentions);
const text = await format(renderPage(requirements, mentions), { ...(await resolveConfig(page)), parser: 'markdown' });
const fresh = existsSync(page) && readFileSync(page, 'utf8') === text;

if (unknown.length > 0) {
  console.error(`No such requirement:\n  ${unknown.join('\n  ')}`);
  process.exitCode = 1;
} else if (!process.argv.includes('--check')) {
  writeFileSync(page, text);
} else if (!fresh) {
  console.error(`${page} is not fresh, run \`npm run requirements\``);
  process.exitCode = 1;
}
