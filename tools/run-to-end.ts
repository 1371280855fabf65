import { spawn } from 'node:child_process';

const stopSignals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs a command in the repository's root with this process's output, and gives its exit code (1 where a signal ended
 * it). Told to stop, it passes the signal on, waits for the command's end and then stops this process the same way.
 */
export async function runToEnd(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    cwd: new URL('..', import.meta.url),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  let received: NodeJS.Signals | undefined;
  const passOn = (signal: NodeJS.Signals) => {
    received = signal;
    child.kill(signal);
  };
  for (const signal of stopSignals) process.on(signal, passOn);
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
  for (const signal of stopSignals) process.off(signal, passOn);
  if (received !== undefined) process.kill(process.pid, received);
  return exitCode;
}
