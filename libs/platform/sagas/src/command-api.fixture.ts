/** A command-api for specs: it keeps idempotency keys as the real one does, and counts what it has carried out. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Received = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
};

/** How the next requests are answered instead; `lost` carries out and then breaks the connection. */
export type Answer = {
  readonly status: number;
  readonly code?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly lost?: true;
};

export class FakeCommandApi {
  /** Every request, repetitions included. */
  readonly received: Received[] = [];
  /** Paths of commands carried out. */
  readonly carriedOut: string[] = [];
  /** Decides what is answered; by default everything is accepted. */
  answer: (request: Received) => Answer = () => ({ status: 200 });
  readonly #keys = new Set<string>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async listen(): Promise<FakeCommandApi> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakeCommandApi(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as unknown;
    const received = { path: request.url ?? '', headers: request.headers, body };
    this.received.push(received);
    const key = `${String(request.headers['millrace-tenant'])} ${String(request.headers['idempotency-key'])}`;
    const { status, code, headers, lost } = this.#keys.has(key) ? ({ status: 200 } as Answer) : this.answer(received);
    if (status < 300 && !this.#keys.has(key)) {
      this.#keys.add(key);
      this.carriedOut.push(received.path);
    }
    if (lost) return void response.destroy();
    response.writeHead(status, { 'content-type': 'application/problem+json', ...headers });
    response.end(JSON.stringify({ code, detail: `answered ${status}` }));
  }
}
