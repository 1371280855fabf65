/** Runs one kind of tests: `node tools/jest.ts unit|int|e2e|chaos [path or Jest option]…`. */
import { fileURLToPath } from 'node:url';

import { runToEnd } from './run-to-end.ts';

const [kind = 'unit', ...options] = process.argv.slice(2);

// As flags, not as NODE_OPTIONS: Jest hands them to its workers, and the apps that tests start stay without them.
const nodeFlags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const jest = fileURLToPath(import.meta.resolve('jest/bin/jest'));

process.exitCode = await runToEnd([process.execPath, ...nodeFlags, jest, ...options], { TEST_KIND: kind, TZ: 'UTC' });
