import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

import { continueTrace } from '@millrace/telemetry';

import { httpProblem, type HttpProblemCode, problemBody } from './http-problem.ts';

const codes: Readonly<Record<string, HttpProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
};

/** Answer to bytes that are no HTTP request: there is no request object yet, so it is written to the socket. */
export function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const problem = httpProblem(codes[error.code ?? ''] ?? 'REQUEST_REFUSED');
  const occurrence = { requestId: randomUUID(), traceId: continueTrace().traceId, correlationId: randomUUID() };
  const body = JSON.stringify(problemBody(problem, occurrence));
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
