import { MillraceError } from '@millrace/core';

/** State of a connector and of its only task, in Connect's words; `absent` when it is not registered. */
export type ConnectorState = { readonly connector: string; readonly task: string; readonly trace: string };

type StatusBody = { connector: { state: string; trace?: string }; tasks: { state: string; trace?: string }[] };

/** The few calls of Kafka Connect's REST API that the relay needs, for one connector. */
export class ConnectClient {
  readonly #url: string;

  /** @param connectUrl REST address of the worker @param name of the connector */
  constructor(connectUrl: string, name: string) {
    this.#url = `${connectUrl.replace(/\/$/, '')}/connectors/${name}`;
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

  /** Undoes `stop`. @throws MillraceError `CONNECT_UNAVAILABLE` */
  async resume(): Promise<void> {
    await this.#expectOk(await this.#call('PUT', '/resume'));
  }

  async #expectOk(response: Response): Promise<void> {
    if (!response.ok) throw unavailable(`${response.status} ${await response.text()}`);
  }

  async #call(method: string, path: string, body?: unknown): Promise<Response> {
    try {
      return await fetch(this.#url + path, {
        method,
        headers: { 'content-type': 'application/json' },
        signal: AbortSignal.timeout(30_000),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw unavailable((error as Error).message, error);
    }
  }
}

function unavailable(detail: string, cause?: unknown): MillraceError {
  return new MillraceError('CONNECT_UNAVAILABLE', `Kafka Connect is unavailable: ${detail}`, { cause });
}
