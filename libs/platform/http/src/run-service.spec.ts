import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { afterEach, describe, expect, test } from '@jest/globals';

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

const service = (create: string) => `
  import { createHealthServer, runService } from './src/index.ts';
  await runService({ name: 'spec', variables: ['BODY_LIMIT_BYTES'], create: ${create} }, process.env);
`;

// What is slow is still under way when the second signal has come.
const working = service(`({ logger, metrics }) => {
  const server = createHealthServer({ logger, metrics, health: [] });
  server.get('/slow', async () => {
    const signals = new Promise((done) => {
      let left = 2;
      for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => (left -= 1) === 0 && done());
    });
    logger.info('under way');
    await signals;
    return { answered: true };
  });
  return { server, close: async () => logger.info('released') };
}`);

type Line = { level: string; msg: string; port: number; code?: string };

/** Runs a service in a process of its own. */
function start(source: string, environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: new URL('..', import.meta.url),
    env: { ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const lines = () =>
    output
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  const until = async (message: string): Promise<Line> => {
    for (const deadline = Date.now() + 8_000; Date.now() < deadline;) {
      const line = lines().find(({ msg }) => msg === message);
      if (line) return line;
      await new Promise((next) => setTimeout(next, 20));
    }
    throw new Error(`no line "${message}" in ${output}`);
  };
  const exit = async () => (await once(child, 'exit'))[0] as number;
  return { child, lines, until, exit };
}

describe('runService', () => {
  test('listens on a free port and says which, whatever LOG_LEVEL hides', async () => {
    const { until, child } = start(working, { PORT: '0', LOG_LEVEL: 'error' });
    const { port } = await until('listening');
    expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
    child.kill('SIGTERM');
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: what is under way is answered, then connections are released, then exit 0',
    async (signal) => {
      const { until, child, exit, lines } = start(working);
      const { port } = await until('listening');
      const exited = exit();
      const slow = fetch(`http://127.0.0.1:${port}/slow`).then((response) => response.json());
      await fetch(`http://127.0.0.1:${port}/livez`);
      await until('under way');
      const stoppedAt = performance.now();
      child.kill(signal);
      await until('stopping');
      child.kill(signal);
      expect(await slow).toEqual({ answered: true });
      expect(await exited).toBe(0);
      // A connection that the client keeps alive does not hold it up until it is cut off, after 8 s.
      expect(performance.now() - stoppedAt).toBeLessThan(6_000);
      expect(
        lines()
          .map(({ msg }) => msg)
          .filter((msg) => msg !== 'request'),
      ).toEqual(['listening', 'under way', 'stopping', 'stopping', 'released', 'stopped']);
    },
  );

  test('a bad environment is one fatal line that names every problem, and exit 1', async () => {
    const { exit, lines } = start(working, { BODY_LIMIT_BYTES: 'much' });
    expect(await exit()).toBe(1);
    expect(lines()).toEqual([
      expect.objectContaining({
        level: 'fatal',
        code: 'CONFIG_INVALID',
        msg: expect.stringContaining('BODY_LIMIT_BYTES'),
      }),
    ]);
  });

  test('a fault that only a restart can mend ends the process in order, with exit 1', async () => {
    const failing = service(`({ logger, metrics, fail }) => {
      const server = createHealthServer({ logger, metrics, health: [] });
      server.get('/break', async () => { fail(new Error('the consumer is dead')); return {}; });
      return { server, close: async () => logger.info('released') };
    }`);
    const { exit, lines, until } = start(failing);
    const exited = exit();
    const { port } = await until('listening');
    await fetch(`http://127.0.0.1:${port}/break`);
    expect(await exited).toBe(1);
    const said = lines().filter(({ msg }) => msg !== 'request');
    expect(said.map(({ level, msg }) => `${level} ${msg}`)).toEqual([
      'info listening',
      'fatal the consumer is dead',
      'info released',
      'info stopped',
    ]);
  });
});
