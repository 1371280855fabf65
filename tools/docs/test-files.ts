import { globSync, readFileSync } from 'node:fs';

import { type Mention, mentionsIn } from './test-names.ts';

/** What all tests of the repository name, by file; run from its root. Shared suites (`*.contract.ts`) are tests too. */
export function allMentions(): readonly Mention[] {
  return globSync(['apps/**/*.{spec,contract}.ts', 'libs/**/*.{spec,contract}.ts', 'tools/**/*.{spec,contract}.ts'], {
    exclude: ['**/node_modules/**'],
  })
    .sort()
    .flatMap((file) => mentionsIn(file, readFileSync(file, 'utf8')));
}
