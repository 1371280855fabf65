import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import type { Environment } from '@millrace/config';

/** A server in a process of its own, that listens. */
export type ServerProcess = {
  readonly pid: number;
  readonly port: number;
  /** Ends it, and resolves when it is gone. */
  stop(): Promise<void>;
};

/** Starts a program of ours that says on a line of JSON at which `port` it listens. @throws Error with what it said instead */
export async function startServer(file: string, environment: Environment): Promise<ServerProcess> {
  const child = spawn(process.execPath, [file], { env: { ...environment }, stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const port = await portOf(child, file);
  return {
    pid: child.pid ?? 0,
    port,
    async stop() {
      process.off('exit', kill);
      if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit');
    },
  };
}

function portOf(child: ChildProcess, file: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let last = '';
    child.once('exit', (code) => reject(new Error(`${file} ended with exit code ${code}: ${last}`)));
    child.once('error', reject);
    // Whatever comes later is read too, or the pipe would fill and hold the server up.
    if (child.stdout)
      createInterface(child.stdout).on('line', (line) => {
        last = line;
        const port = /"port":(\d+)/.exec(line)?.[1];
        if (port !== undefined) resolve(Number(port));
      });
  });
}
