import { setTimeout as delay } from 'node:timers/promises';

/** How long and how often to ask. */
export type Patience = { readonly timeoutMs?: number; readonly intervalMs?: number };

/**
 * Repeats `probe` until it neither throws nor answers `undefined` or `false`.
 * @param patience default: 20 s, asked every 50 ms
 * @throws Error with what the last try said, once the time is over
 */
export async function eventually<T>(
  probe: () => Promise<T> | T,
  { timeoutMs = 20_000, intervalMs = 50 }: Patience = {},
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { value, failure } = await attempt(probe);
    if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
    if (performance.now() > deadline)
      throw new Error(`not within ${timeoutMs} ms: ${failure ?? `the answer stayed ${String(value)}`}`);
    await delay(intervalMs);
  }
}

async function attempt<T>(probe: () => Promise<T> | T): Promise<{ value?: T; failure?: string }> {
  try {
    return { value: await probe() };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
