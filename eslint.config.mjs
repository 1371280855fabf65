/**
 * The style of the project as lint; `tools/boundaries/rules.mjs` adds who may import whom. `npm run lint` builds the Nx
 * project graph first: without one the module-boundary rule skips itself and lint passes, so this file refuses to load.
 */
import { readCachedProjectGraph } from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import importSort from 'eslint-plugin-simple-import-sort';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

import { boundaryRules } from './tools/boundaries/rules.mjs';

function projectsOfGraph() {
  try {
    const { nodes } = readCachedProjectGraph();
    return Object.values(nodes).map(({ name, data: { root, tags = [] } }) => ({ name, root, tags }));
  } catch (cause) {
    throw new Error('No Nx project graph: no import rule would be checked. Run `npm run lint`, which builds it.', {
      cause,
    });
  }
}

const codeLines = (max) => ['error', { max, skipBlankLines: true, skipComments: true }];

export default defineConfig(
  { ignores: ['**/*.{js,mjs,cjs}', '**/node_modules', '.millrace', '.nx', 'coverage', 'tmp'] },
  // No comment switches a rule off: a budget is raised here, in a commit, or the code is split.
  { linterOptions: { noInlineConfig: true } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { '@nx': nx, 'simple-import-sort': importSort },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': codeLines(300),
      'max-lines-per-function': codeLines(60),
      'max-params': ['error', 3],
      'max-depth': ['error', 3],
      complexity: ['error', 10],
      'simple-import-sort/imports': 'error',
      'simple-import-sort/exports': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      // A written `default` is a decision; where it must not be reached, `unreachable` makes the compiler say so.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // An implementation of an asynchronous port may have nothing to await, and must still reject rather than throw.
      '@typescript-eslint/require-await': 'off',
    },
  },
  { files: ['apps/*/src/main.ts'], rules: { 'max-lines': codeLines(30) } },
  // A `describe` is one function; the columns of a `test.each` table arrive as parameters.
  { files: ['**/*.spec.ts'], rules: { 'max-lines-per-function': codeLines(300), 'max-params': ['error', 5] } },
  { files: ['**/*.generated.ts'], rules: { 'max-lines': 'off', 'simple-import-sort/exports': 'off' } },
  boundaryRules(projectsOfGraph()),
);
