#!/usr/bin/env node
// Plain JavaScript, so that a Node too old for the sources of the CLI can still hand over to the pinned one.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const main = new URL('../src/main.ts', import.meta.url);
const pinnedMajor = 24;

if (Number(process.versions.node.split('.', 1)[0]) >= pinnedMajor) {
  await import(main);
} else {
  const { fileURLToPath } = await import('node:url');
  const pinnedNode = createRequire(import.meta.url).resolve('node/bin/node');
  const { status } = spawnSync(pinnedNode, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
