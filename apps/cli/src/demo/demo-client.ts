import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** Where commands go and who sends them. */
export type DemoClient = { readonly url: string; readonly token: string };

const POLL_MS = 50;
const LONGEST_WAIT_MS = 60_000;

/** Sends a command. @throws Error when it is not accepted */
export async function post({ url, token }: DemoClient, path: string, body: object): Promise<void> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`POST ${path} was answered ${response.status}: ${await response.text()}`);
  await response.body?.cancel();
}

/** Reads, where 404 means that it is not there yet. @throws Error for any other refusal */
export async function get({ url, token }: DemoClient, path: string): Promise<Record<string, unknown> | undefined> {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
  const text = await response.text();
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`GET ${path} was answered ${response.status}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}

/** Reads again and again until `found` finds what it looks for. @throws Error after a minute, with the last answer */
export async function waitFor<T>(
  client: DemoClient,
  path: string,
  found: (answer: Record<string, unknown>) => T | undefined,
): Promise<T> {
  const deadline = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const answer = await get(client, path);
    const result = answer && found(answer);
    if (result !== undefined) return result;
    if (performance.now() > deadline) throw new Error(`GET ${path} still answers ${JSON.stringify(answer)}`);
    await delay(POLL_MS);
  }
}
