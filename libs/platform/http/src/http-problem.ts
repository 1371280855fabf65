/** One thing wrong with a request: where (a JSON Pointer into the body, or a parameter or header by name), and what. */
export type RequestFault = { readonly detail: string } & (
  { readonly pointer: string } | { readonly parameter: string } | { readonly header: string }
);

/**
 * Codes that HTTP itself adds to those of `errorCatalogue` and of the domains, with their status and meaning. Clients may
 * rely on them; the README is tested against this list.
 */
export const httpProblems = {
  VALIDATION_FAILED: {
    status: 400,
    meaning: 'Body or parameters do not have the shape asked for; `errors` lists everything wrong.',
  },
  BODY_MALFORMED: { status: 400, meaning: 'The body is not JSON, or not as long as announced.' },
  HEADER_INVALID: { status: 400, meaning: 'A request header cannot be understood.' },
  URL_MALFORMED: { status: 400, meaning: 'The URL is not validly encoded.' },
  UNAUTHENTICATED: { status: 401, meaning: 'A valid bearer token is required.' },
  FORBIDDEN: { status: 403, meaning: 'The token is valid, but none of its roles allows this.' },
  ROUTE_NOT_FOUND: { status: 404, meaning: 'There is nothing at this URL.' },
  UNKNOWN_COMMAND: { status: 404, meaning: 'There is no command with this name.' },
  COMMAND_NOT_FOUND: {
    status: 404,
    meaning: 'The tenant has no asynchronous command with this id; outcomes are kept for a day.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    meaning: 'The URL exists, but not for this method; `Allow` lists those it takes.',
  },
  PRECONDITION_FAILED: { status: 412, meaning: '`If-Match` names another version than the current one.' },
  BODY_TOO_LARGE: { status: 413, meaning: 'The body is larger than the server accepts.' },
  URL_TOO_LONG: { status: 414, meaning: 'A part of the URL is longer than the server accepts.' },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, meaning: 'The body must be `application/json`.' },
  HEADERS_TOO_LARGE: { status: 431, meaning: 'The headers are larger than the server accepts.' },
  REQUEST_TIMEOUT: { status: 408, meaning: 'The request did not arrive completely in time.' },
  REQUEST_REFUSED: { status: 400, meaning: 'The request breaks a rule of HTTP.' },
  INTERNAL_ERROR: { status: 500, meaning: 'A fault of the server; it is in its log under the `instance` given.' },
  UPSTREAM_FAILED: {
    status: 502,
    meaning: 'The API behind the gateway broke off; the request may have been carried out.',
  },
  UPSTREAM_UNAVAILABLE: {
    status: 503,
    meaning: 'The API behind the gateway cannot be reached; the request was not carried out.',
  },
  UPSTREAM_TIMEOUT: {
    status: 504,
    meaning: 'The API behind the gateway did not answer in time; the request may have been carried out.',
  },
  NOT_READY: { status: 503, meaning: 'A dependency of the process is down; `checks` says which.' },
  TOKEN_KEYS_UNAVAILABLE: { status: 503, meaning: 'The keys that verify tokens cannot be fetched.' },
  READ_MODEL_UNAVAILABLE: { status: 503, meaning: 'The read database does not answer.' },
  HISTORY_UNAVAILABLE: { status: 503, meaning: 'The stored events cannot be read; current state still can.' },
  PROJECTION_HALTED: {
    status: 503,
    meaning: 'The read model cannot advance: an event of this aggregate waits for an operator.',
  },
} as const satisfies Record<string, { status: number; meaning: string }>;

/** Code of `httpProblems`. */
export type HttpProblemCode = keyof typeof httpProblems;

/** Header of an answer after which the same request may succeed. */
export const RETRY_AFTER: Readonly<Record<string, string>> = { 'retry-after': '1' };

/** What a problem may carry beside its code. */
export type ProblemParts = {
  /** Sentence for people about this occurrence. */
  readonly detail: string;
  readonly errors?: readonly RequestFault[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the body; names of letters and digits. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
};

/** An answer that is not a success. Thrown anywhere in a route, it becomes an `application/problem+json` answer. */
export class HttpProblem extends Error {
  readonly status: number;
  /** Stable, for programs: SCREAMING_SNAKE_CASE. */
  readonly code: string;
  readonly parts: ProblemParts;

  constructor(status: number, code: string, parts: ProblemParts) {
    super(parts.detail, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = 'HttpProblem';
    this.status = status;
    this.code = code;
    this.parts = parts;
  }

  /** The same problem with further members in its body. */
  with(extensions: Readonly<Record<string, unknown>>): HttpProblem {
    return new HttpProblem(this.status, this.code, {
      ...this.parts,
      extensions: { ...this.parts.extensions, ...extensions },
    });
  }
}

/** A problem of the catalogue, with its status; the detail is its meaning unless given. A 503 gets `Retry-After`. */
export function httpProblem(code: HttpProblemCode, parts: Partial<ProblemParts> = {}): HttpProblem {
  const { status, meaning } = httpProblems[code];
  return new HttpProblem(status, code, {
    detail: meaning,
    ...parts,
    headers: { ...(status === 503 && RETRY_AFTER), ...parts.headers },
  });
}

/** 400 for one faulty header. */
export function headerProblem(header: string, detail: string): HttpProblem {
  return httpProblem('HEADER_INVALID', { detail: `${header} ${detail}`, errors: [{ detail, header }] });
}

/** 400 for one faulty query or path parameter. */
export function parameterProblem(parameter: string, detail: string): HttpProblem {
  return httpProblem('VALIDATION_FAILED', { detail: `${parameter} ${detail}`, errors: [{ detail, parameter }] });
}

/** Members of a problem body that depend on the request. */
export type Occurrence = { readonly requestId: string; readonly traceId: string; readonly correlationId: string };

/** Body of a problem (RFC 9457). `type` is a URN made of the code: stable on every origin, and it promises no page. */
export function problemBody({ status, code, parts }: HttpProblem, occurrence: Occurrence): Record<string, unknown> {
  const words = code.toLowerCase().split('_');
  const sentence = words.join(' ');
  return {
    type: `urn:millrace:problem:${words.join('-')}`,
    title: sentence.charAt(0).toUpperCase() + sentence.slice(1),
    status,
    detail: parts.detail,
    instance: `urn:uuid:${occurrence.requestId}`,
    code,
    ...(parts.errors && { errors: parts.errors }),
    traceId: occurrence.traceId,
    correlationId: occurrence.correlationId,
    ...parts.extensions,
  };
}
