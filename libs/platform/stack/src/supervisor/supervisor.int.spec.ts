import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@millrace/testing';

import type { Component } from '../components/component.ts';
import { useTestHome } from '../test-home.fixture.ts';
import { identify } from './processes.ts';
import type { ServiceStatus } from './service.ts';
import { Supervisor } from './supervisor.ts';

const place = useTestHome();
let supervisor: Supervisor | undefined;
let history: string[] = [];

afterEach(async () => {
  await supervisor?.stopAll();
  supervisor = undefined;
  history = [];
});

/** A component that runs a line of JavaScript, and is ready when it has said so. */
function component(name: string, script: string, changes: Partial<Component> = {}): Component {
  return {
    name,
    kind: 'app',
    url: name,
    dependsOn: [],
    command: { file: process.execPath, args: ['-e', script], env: {}, cwd: place.home.root },
    prepare: async () => undefined,
    isReady: async (output) => output.hasPrinted('ready'),
    startTimeoutMs: 10_000,
    stopTimeoutMs: 1_000,
    stopSignal: 'SIGTERM',
    ...changes,
  };
}

const forever = `console.log('ready'); setInterval(() => 0, 1000);`;

function supervise(...components: Component[]): Supervisor {
  const note = ({ name, state }: ServiceStatus) => {
    if (history.at(-1) !== `${name} ${state}`) history.push(`${name} ${state}`);
  };
  supervisor = new Supervisor(components, place.home.logs, note);
  return supervisor;
}

const pidOf = (name: string): number => supervisor?.statuses.find((status) => status.name === name)?.process?.pid ?? 0;

describe('a service', () => {
  it('ORD-51 is started again when it dies, as a new process, and the end is counted', async () => {
    const running = supervise(component('app', forever));
    await running.start(['app']);
    const first = pidOf('app');
    running.signal('app', 'SIGKILL');
    await eventually(() => running.statuses[0]?.state === 'ready' && pidOf('app') !== first);
    expect(running.statuses[0]).toMatchObject({ state: 'ready', restarts: 1 });
    expect(history).toEqual(['app starting', 'app ready', 'app backoff', 'app starting', 'app ready']);
  });

  it('keeps being started while it ends before it is ready, until its start time is over; then its last lines are told', async () => {
    const running = supervise(
      component('app', `console.log('no disk left'); process.exit(7)`, { startTimeoutMs: 1_200 }),
    );
    await expect(running.start(['app'])).rejects.toThrow(
      /app did not start: [\s\S]*no disk left[\s\S]*Log: .*app\.log\n {2}Next: /,
    );
    expect(running.statuses[0]).toMatchObject({ state: 'failed', restarts: expect.any(Number) });
    expect(running.statuses[0]?.restarts).toBeGreaterThan(1);
  });

  it('that never becomes ready is ended when its start time is over', async () => {
    const running = supervise(component('app', `setInterval(() => 0, 1000)`, { startTimeoutMs: 500 }));
    await expect(running.start(['app'])).rejects.toThrow('not ready within 0.5 s: it does not answer');
    expect(pidOf('app')).toBe(0);
  });

  it('whose program does not exist fails with the reason', async () => {
    const missing = { file: '/nowhere/program', args: [], env: {}, cwd: '/' };
    const running = supervise(component('app', '', { command: missing, startTimeoutMs: 300 }));
    await expect(running.start(['app'])).rejects.toThrow('ENOENT');
  });

  it('that ignores its stop signal is killed within its time', async () => {
    const running = supervise(component('app', `process.on('SIGTERM', () => 0); ${forever}`));
    await running.start(['app']);
    const pid = pidOf('app');
    const startedAt = performance.now();
    await running.stop('app');
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(identify(pid)).toBeUndefined();
  });

  it('that was stopped stays stopped until it is started again', async () => {
    const running = supervise(component('app', forever));
    await running.start(['app']);
    await running.stop('app');
    expect(running.statuses[0]).toMatchObject({ state: 'stopped' });
    await running.start(['app']);
    expect(running.statuses[0]).toMatchObject({ state: 'ready', restarts: 0 });
  });

  it('that runs but does not answer any more is unready, and ready again when it does', async () => {
    const file = join(place.home.root, 'healthy');
    writeFileSync(file, '');
    const running = supervise(component('app', forever, { isReady: async () => existsSync(file) }));
    await running.start(['app']);

    rmSync(file);
    await eventually(() => running.statuses[0]?.state === 'unready');
    writeFileSync(file, '');
    await eventually(() => running.statuses[0]?.state === 'ready');
    expect(running.statuses[0]?.restarts).toBe(0);
  });

  it('can be stopped while it waits to be started again', async () => {
    const running = supervise(component('app', `process.exit(1)`));
    const start = running.start(['app']).catch((error: Error) => error.message);
    await eventually(() => running.statuses[0]?.state === 'backoff');
    await running.stop('app');
    expect(await start).toContain('app was stopped before it was ready');
  });

  it('leaves what it prints in its log', async () => {
    const running = supervise(component('app', `console.error('to standard error'); ${forever}`));
    await running.start(['app']);
    expect(readFileSync(join(place.home.logs, 'app.log'), 'utf8')).toContain('to standard error\nready\n');
  });
});

describe('a supervisor', () => {
  it('starts what others need first, and stops it last', async () => {
    const running = supervise(
      component('app', forever, { dependsOn: ['broker'] }),
      component('broker', forever, { dependsOn: ['disk'] }),
      component('disk', forever),
    );
    await running.start(['app']);
    await running.stopAll();
    const changes = history.filter((change) => !change.endsWith('starting') && !change.endsWith('stopping'));
    expect(changes).toEqual([
      'disk ready',
      'broker ready',
      'app ready',
      'app stopped',
      'broker stopped',
      'disk stopped',
    ]);
  });

  it('starts only what was asked for and what that needs', async () => {
    const running = supervise(component('app', forever, { dependsOn: ['broker'] }), component('broker', forever));
    await running.start(['broker']);
    expect(running.statuses.map(({ state }) => state)).toEqual(['stopped', 'ready']);
  });
});
