import { createServer } from 'node:net';

import { expect, it } from '@jest/globals';

import { holdPort, holdPorts, wantedPorts } from './ports.ts';
import { clusterShape, singleShape } from './stack-shape.ts';

/** A port on which another program listens, and the way to end it. */
async function busyPort() {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  return { port, end: () => new Promise((resolve) => server.close(resolve)) };
}

it('takes the wanted port when it is free, and nobody else gets it until it is released', async () => {
  const { port, end } = await busyPort();
  expect(await holdPort(port)).toBeUndefined();
  await end();
  const held = await holdPort(port);
  expect(held?.port).toBe(port);
  expect(await holdPort(port)).toBeUndefined();
  await held?.release();
  await (await holdPort(port))?.release();
});

it('takes the next free port where the wanted one is busy, and gives none twice', async () => {
  const { port, end } = await busyPort();
  const held = await holdPorts({ gateway: port, kafka: port });
  const ports = [held['gateway']?.port ?? 0, held['kafka']?.port ?? 0];
  expect(ports[0]).toBeGreaterThan(port);
  expect(ports[1]).toBeGreaterThan(ports[0] ?? 0);
  await Promise.all([...Object.values(held).map(({ release }) => release()), end()]);
});

it('says so when there is no port left', async () => {
  await expect(holdPorts({ gateway: 65_536 })).rejects.toThrow('no free port from 65536 upward for gateway');
});

it('wants the ports of the last run before the usual ones, and the configured one for the gateway', () => {
  const known = { shape: singleShape, appNames: ['command-api'], remembered: { gateway: 4_007, kafka: 19_099 } };
  expect(wantedPorts(4_000, known)).toMatchObject({
    gateway: 4_000,
    kafka: 19_099,
    postgres: 15_432,
    'command-api': 4_001,
  });
});

it('wants a region of its own beside other stacks, and the same one again', () => {
  const wanted = wantedPorts(0, { shape: clusterShape, appNames: ['command-api'], remembered: {} });
  expect(new Set(Object.values(wanted)).size).toBe(Object.keys(wanted).length);
  expect(Math.min(...Object.values(wanted))).toBeGreaterThanOrEqual(20_000);
  expect(Math.max(...Object.values(wanted))).toBeLessThan(32_768);
  expect(wantedPorts(0, { shape: clusterShape, appNames: ['command-api'], remembered: wanted })).toEqual(wanted);
});
