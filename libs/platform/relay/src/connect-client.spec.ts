import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';

import { ConnectClient } from './index.ts';

/** A worker that knows the connector, and counts how often it was asked. */
async function startWorker() {
  const worker = { asked: 0, url: '', close: async () => undefined as void };
  const server: Server = createServer((_, response) => {
    worker.asked += 1;
    response.end(JSON.stringify({ connector: { state: 'RUNNING' }, tasks: [{ state: 'RUNNING' }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  worker.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  worker.close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return worker;
}

describe('ConnectClient', () => {
  const workers: Awaited<ReturnType<typeof startWorker>>[] = [];
  afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.close())));

  it('ORD-51 asks another worker when one is gone, and stays with the one that answered', async () => {
    workers.push(await startWorker(), await startWorker());
    const client = new ConnectClient([`${workers[0]?.url}/`, workers[1]?.url ?? ''], 'outbox');
    expect(await client.state()).toMatchObject({ connector: 'RUNNING', task: 'RUNNING' });
    expect(workers.map(({ asked }) => asked)).toEqual([1, 0]);
    await workers[0]?.close();
    await client.state();
    await client.state();
    expect(workers.map(({ asked }) => asked)).toEqual([1, 2]);
  });

  it('ORD-51 is unavailable only when no worker answers', async () => {
    const client = new ConnectClient(['http://127.0.0.1:9', 'http://127.0.0.1:10'], 'outbox');
    await expect(client.state()).rejects.toMatchObject({ code: 'CONNECT_UNAVAILABLE', retriable: true });
  });
});
