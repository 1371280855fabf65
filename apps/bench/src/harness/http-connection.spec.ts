import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

import { afterEach, beforeEach, expect, it } from '@jest/globals';

import { HttpConnection } from './http-connection.ts';

let server: Server;
let connection: HttpConnection;
let peer: Socket;

beforeEach(async () => {
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  connection = await HttpConnection.open((server.address() as AddressInfo).port, { authorization: 'Bearer t' });
  [peer] = await accepted;
});
afterEach(() => {
  connection.close();
  server.close();
});

/** Answers the next request in pieces, each its own packet. */
async function answer(...pieces: string[]): Promise<string> {
  const [request] = (await once(peer, 'data')) as [Buffer];
  for (const piece of pieces) {
    peer.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return request.toString();
}

it('sends headers and length, and reads an answer however it is cut', async () => {
  const asked = answer('HTTP/1.1 201 Cre', 'ated\r\nContent-Length: 7\r', '\n\r\n{"a"', ':1}');
  const answered = connection.post('/v1/orders', '{"b":2}');
  expect(await asked).toMatch(
    /^POST \/v1\/orders HTTP\/1\.1\r\n[^]*authorization: Bearer t\r\n[^]*content-length: 7\r\n\r\n{"b":2}$/,
  );
  expect(await answered).toEqual({ status: 201, body: '{"a":1}' });
});

it('goes on with the next request on the same connection', async () => {
  for (const status of [200, 503]) {
    const asked = answer(`HTTP/1.1 ${status} Any\r\ncontent-length: 0\r\n\r\n`);
    expect(await connection.post('/', '')).toEqual({ status, body: '' });
    await asked;
  }
});

it('a connection that ends before the answer is an error, not an answer', async () => {
  const asked = answer('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf').then(() => peer.destroy());
  await expect(connection.post('/', '')).rejects.toThrow('the server closed the connection');
  await asked;
});
