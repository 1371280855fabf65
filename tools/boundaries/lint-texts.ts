/**
 * Lints texts as if they were files of this repository, with its own configuration less the rules that need types:
 * reads `[{ file, text }]` from standard input, writes one list of `{ ruleId, message }` per text. A process of its
 * own because ESLint loads its configuration in ways that Jest's module system does not follow.
 */
import { text as textOf } from 'node:stream/consumers';

import { createProjectGraphAsync } from '@nx/devkit';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

export type Text = { readonly file: string; readonly text: string };
export type Finding = { readonly ruleId: string | null; readonly message: string };

const texts = JSON.parse(await textOf(process.stdin)) as readonly Text[];

await createProjectGraphAsync();
const eslint = new ESLint({ overrideConfig: [tseslint.configs.disableTypeChecked] });

const findings: Finding[][] = [];
for (const { file, text } of texts) {
  const [result] = await eslint.lintText(text, { filePath: file });
  findings.push((result?.messages ?? []).map(({ ruleId, message }) => ({ ruleId, message })));
}
process.stdout.write(JSON.stringify(findings));
