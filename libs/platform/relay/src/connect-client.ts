import { MillraceError } from '@millrace/core';

/** State of a connector and of its only task, in Connect's words; `absent` when it is not registered. */
export type ConnectorState = { readonly connector: string; readonly task: string; readonly trace: string };

type StatusBody = { connector: { state: string; trace?: string }; tasks: { state: string; trace?: string }[] };

type OffsetsBody = { offsets: { offset: { lsn?: number } | null }[] };

/** The few calls of Kafka Connect's REST API that the relay needs, for one connector. */
export class ConnectClient {
  /** The worker that answered last comes first. */
  #urls: readonly string[];

  /** @param workers REST addresses of the workers of one Connect cluster, or the only one's @param name of the connector */
  constructor(workers: string | readonly string[], name: string) {
    this.#urls = [workers].flat().map((url) => `${url.replace(/\/$/, '')}/connectors/${name}`);
  }

  /** Creates the connector or changes its configuration. @throws MillraceError `CONNECT_UNAVAILABLE`, `PREFLIGHT_FAILED` when Connect refuses it */
  async configure(config: Readonly<Record<string, string>>): Promise<void> {
    const response = await this.#call('PUT', '/config', config);
    if (!response.ok)
      throw new MillraceError('PREFLIGHT_FAILED', `Connect refused the connector: ${await response.text()}`);
  }

  /** @throws MillraceError `CONNECT_UNAVAILABLE` */
  async state(): Promise<ConnectorState> {
    const response = await this.#call('GET', '/status');
    if (response.status === 404) return { connector: 'absent', task: 'absent', trace: '' };
    if (!response.ok) throw unavailable(`status ${response.status}`);
    const { connector, tasks } = (await response.json()) as StatusBody;
    return {
      connector: connector.state,
      task: tasks[0]?.state ?? 'absent',
      trace: tasks[0]?.trace ?? connector.trace ?? '',
    };
  }

  /** Restarts the connector and its task. @throws MillraceError `CONNECT_UNAVAILABLE` */
  async restart(): Promise<void> {
    await this.#expectOk(await this.#call('POST', '/restart?includeTasks=true'));
  }

  /** Ends the task and lets go of the slot, keeping configuration and offsets. @throws MillraceError `CONNECT_UNAVAILABLE` */
  async stop(): Promise<void> {
    await this.#expectOk(await this.#call('PUT', '/stop'));
  }

  /**
   * Whether the task has ended after `stop`, or there is no connector. Until then a task that was being restarted may
   * still come and read: that nobody reads the slot just now says nothing.
   * @throws MillraceError `CONNECT_UNAVAILABLE`
   */
  async hasStopped(): Promise<boolean> {
    const { connector, task } = await this.state();
    return connector === 'absent' || (connector === 'STOPPED' && task === 'absent');
  }

  /** Undoes `stop`. @throws MillraceError `CONNECT_UNAVAILABLE` */
  async resume(): Promise<void> {
    await this.#expectOk(await this.#call('PUT', '/resume'));
  }

  /**
   * Up to where in the WAL the connector has read, by the offsets that Connect keeps; `undefined` when it keeps none.
   * @throws MillraceError `CONNECT_UNAVAILABLE`
   */
  async storedLsn(): Promise<number | undefined> {
    const response = await this.#call('GET', '/offsets');
    if (!response.ok) throw unavailable(`${response.status} ${await response.text()}`);
    const { offsets } = (await response.json()) as OffsetsBody;
    return offsets[0]?.offset?.lsn;
  }

  /** Forgets up to where the connector has read: it reads all of the outbox again. It must be stopped. @throws MillraceError `CONNECT_UNAVAILABLE` */
  async forgetOffsets(): Promise<void> {
    await this.#expectOk(await this.#call('DELETE', '/offsets'));
  }

  async #expectOk(response: Response): Promise<void> {
    if (!response.ok) throw unavailable(`${response.status} ${await response.text()}`);
  }

  /** Asks one worker after the other: each knows all, and whatever is asked of them may be asked twice. */
  async #call(method: string, path: string, body?: unknown): Promise<Response> {
    let failure: unknown;
    for (const url of this.#urls) {
      try {
        const response = await fetch(url + path, {
          method,
          headers: { 'content-type': 'application/json' },
          signal: AbortSignal.timeout(30_000),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        this.#urls = [url, ...this.#urls.filter((other) => other !== url)];
        return response;
      } catch (error) {
        failure = error;
      }
    }
    throw unavailable((failure as Error).message, failure);
  }
}

function unavailable(detail: string, cause?: unknown): MillraceError {
  return new MillraceError('CONNECT_UNAVAILABLE', `Kafka Connect is unavailable: ${detail}`, { cause });
}
