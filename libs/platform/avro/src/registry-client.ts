import { MillraceError } from '@millrace/core';

import type { SchemaSource } from './event-decoder.ts';

/** Level that every subject gets: all versions, old and new, can read each other's records. */
export const COMPATIBILITY = 'FULL_TRANSITIVE';

const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';
const REQUEST_TIMEOUT_MS = 5_000;

type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

/** The part of the Confluent registry API that Millrace uses; Apicurio's ccompat, Karapace and Redpanda speak it too. */
export class RegistryClient implements SchemaSource {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param url base address, with `user:password@` where the registry asks for them */
  constructor(url: string) {
    const { username, password, origin, pathname } = new URL(url);
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.#base = origin + pathname.replace(/\/$/, '');
    this.#headers = {
      accept: CONTENT_TYPE,
      'content-type': CONTENT_TYPE,
      ...(username && { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
    };
  }

  /** @throws MillraceError `REGISTRY_UNAVAILABLE`, `SCHEMA_NOT_REGISTERED`, `RECORD_MALFORMED` for a schema that is not Avro */
  async schemaById(schemaId: number): Promise<object> {
    const { status, body } = await this.#request('GET', `/schemas/ids/${schemaId}`);
    if (status === 404) {
      throw new MillraceError('SCHEMA_NOT_REGISTERED', `the registry knows no schema ${schemaId}`, {
        facts: { schemaId },
      });
    }
    if ((body.schemaType ?? 'AVRO') !== 'AVRO') {
      throw new MillraceError('RECORD_MALFORMED', `schema ${schemaId} is ${String(body.schemaType)}, not AVRO`, {
        facts: { schemaId },
      });
    }
    return JSON.parse(String(body.schema)) as object;
  }

  /** Names of all subjects. */
  async subjects(): Promise<string[]> {
    const { body } = await this.#request('GET', '/subjects');
    return body as unknown as string[];
  }

  /** Schemas of a subject, oldest first; empty when it does not exist. */
  async versions(subject: string): Promise<object[]> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`;
    const { status, body } = await this.#request('GET', path);
    if (status === 404) return [];
    const numbers = (body as unknown as number[]).toSorted((left, right) => left - right);
    const answers = await Promise.all(numbers.map((number) => this.#request('GET', `${path}/${number}`)));
    return answers.map((answer) => JSON.parse(String(answer.body.schema)) as object);
  }

  /** Id of a schema under a subject; undefined when exactly this schema is not registered there. */
  async schemaId(subject: string, schema: object): Promise<number | undefined> {
    const { status, body } = await this.#request('POST', `/subjects/${encodeURIComponent(subject)}`, {
      schema: JSON.stringify(schema),
    });
    return status === 404 ? undefined : Number(body.id);
  }

  /**
   * Adds a version to a subject and answers its id.
   * @throws MillraceError `SCHEMA_INCOMPATIBLE`
   */
  async register(subject: string, schema: object): Promise<number> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`;
    const { status, body } = await this.#request('POST', path, { schema: JSON.stringify(schema) });
    if (status === 409 || status === 422) {
      const message = `the registry refuses a version of ${subject}: ${String(body.message)}`;
      throw new MillraceError('SCHEMA_INCOMPATIBLE', message, { facts: { subject } });
    }
    return Number(body.id);
  }

  /** Compatibility level set on a subject itself; undefined when the global one holds. */
  async compatibility(subject: string): Promise<string | undefined> {
    const { status, body } = await this.#request('GET', `/config/${encodeURIComponent(subject)}`);
    return status === 404 ? undefined : String(body.compatibilityLevel);
  }

  /** Sets the compatibility level of a subject, which need not exist yet. */
  async setCompatibility(subject: string, compatibility: string): Promise<void> {
    await this.#request('PUT', `/config/${encodeURIComponent(subject)}`, { compatibility });
  }

  /** Answers below 500 that the methods above know how to read; all else is an error. */
  async #request(method: string, path: string, body?: object): Promise<Answer> {
    const what = `${method} ${this.#base}${path}`;
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${this.#base}${path}`, {
        method,
        headers: this.#headers,
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        ...(body && { body: JSON.stringify(body) }),
      });
      status = response.status;
      text = await response.text();
    } catch (cause) {
      throw new MillraceError('REGISTRY_UNAVAILABLE', `${what}: no answer`, { cause });
    }
    if (status >= 200 && status < 300) return { status, body: JSON.parse(text) as Answer['body'] };
    if ([404, 409, 422].includes(status)) return { status, body: problemOf(text) };
    throw new MillraceError('REGISTRY_UNAVAILABLE', `${what}: status ${status}`, { facts: { status } });
  }
}

function problemOf(text: string): Answer['body'] {
  try {
    return JSON.parse(text) as Answer['body'];
  } catch {
    return { message: text };
  }
}
