/** Lints the whole repository in one ESLint process: `node tools/lint.ts [ESLint option or path]…`. */
import { fileURLToPath } from 'node:url';

import { createProjectGraphAsync } from '@nx/devkit';

import { runToEnd } from './run-to-end.ts';

// The module-boundary rule reads the cached graph, and would skip itself where there is none.
await createProjectGraphAsync({ exitOnError: true });

const options = process.argv.slice(2);
const eslint = fileURLToPath(new URL('../bin/eslint.js', import.meta.resolve('eslint')));
const paths = options.length > 0 ? options : ['apps', 'libs', 'tools'];

process.exitCode = await runToEnd([process.execPath, eslint, '--max-warnings', '0', ...paths]);
