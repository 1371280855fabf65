/** The least that a load generator can do: its own processor time is missing to the server that it shares a machine with. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An answer. */
export type Answer = { readonly status: number; readonly body: string };

/** What of an answer is read: status and length of the body, which every server here names. */
const HEAD = /^HTTP\/1\.1 (\d{3})[^]*?\r\ncontent-length: (\d+)/i;
const END_OF_HEAD = '\r\n\r\n';

/** One keep-alive connection that has one request under way at a time. */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #headers: string;
  #received = '';
  #asked: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;

  private constructor(socket: Socket, headers: string) {
    this.#socket = socket;
    this.#headers = headers;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('error', (error) => this.#asked?.reject(error));
    socket.on('close', () => this.#asked?.reject(new Error('the server closed the connection')));
  }

  /** @param headers of every request */
  static async open(port: number, headers: Readonly<Record<string, string>> = {}): Promise<HttpConnection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return new HttpConnection(socket, `host: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n${lines.join('')}`);
  }

  /** @param body JSON in ASCII. @throws Error when the connection ends first */
  post(path: string, body: string): Promise<Answer> {
    return this.#ask(`POST ${path} HTTP/1.1\r\n${this.#headers}content-length: ${body.length}\r\n\r\n${body}`);
  }

  close(): void {
    this.#asked = undefined;
    this.#socket.destroy();
  }

  #ask(request: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#asked = { resolve, reject };
      this.#socket.write(request, 'latin1');
    });
  }

  #receive(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf(END_OF_HEAD) + END_OF_HEAD.length;
    const [, status, length] = end < END_OF_HEAD.length ? [] : (HEAD.exec(this.#received) ?? []);
    if (length === undefined || this.#received.length < end + Number(length)) return;
    const answer = { status: Number(status), body: this.#received.slice(end, end + Number(length)) };
    this.#received = '';
    this.#asked?.resolve(answer);
  }
}
