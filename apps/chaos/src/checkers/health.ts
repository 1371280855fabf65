/** C8: what the system said about itself while it was broken, looked at twice a second. */
import { setTimeout as delay } from 'node:timers/promises';

import type { ChaosStack } from '../harness/chaos-stack.ts';
import type { Finding } from './findings.ts';

const PAUSE_MS = 500;
const PROBLEM = /^millrace_relay_problem\{cause="([^"]+)"\} 1$/gm;
const REPAIR = /^millrace_relay_repairs_total\{action="([^"]+)"\} (\d+)$/gm;

/** What must have been said: a service that was not ready, or the cause of a problem of the relay. */
export type Notice = { readonly services?: readonly string[]; readonly causes?: readonly string[] };

/** Takes down which services were not ready and which causes were named. */
export class HealthTimeline {
  readonly #chaos: ChaosStack;
  readonly #unready = new Set<string>();
  readonly #causes = new Set<string>();
  /** Repairs before the fault: counters outlive a scenario. */
  #repairs: ReadonlyMap<string, number> | undefined;
  #watching = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(chaos: ChaosStack) {
    this.#chaos = chaos;
  }

  start(): void {
    this.#watching = true;
    this.#loop = this.#watch();
  }

  async stop(): Promise<void> {
    this.#watching = false;
    await this.#loop;
  }

  /** Services that were not ready, and causes that were named. */
  get said(): { readonly unready: readonly string[]; readonly causes: readonly string[] } {
    return { unready: [...this.#unready], causes: [...this.#causes] };
  }

  /** What should have been said and was not. One cause of several is enough: they are names of the same. */
  missed({ services = [], causes = [] }: Notice): Finding[] {
    const silent = services.filter((name) => !this.#unready.has(name));
    const unnamed = causes.length > 0 && !causes.some((cause) => this.#causes.has(cause));
    const { unready, causes: named } = this.said;
    const seen = `seen: ${[...unready, ...named].join(' ') || 'nothing'}`;
    return [
      ...silent.map((name) => unnoticed(`${name} was broken and stayed green; ${seen}`)),
      ...(unnamed ? [unnoticed(`nothing named ${causes.join(' or ')}; ${seen}`)] : []),
    ];
  }

  async #watch(): Promise<void> {
    while (this.#watching) {
      for (const { name, state } of this.#chaos.stack.services()) if (state !== 'ready') this.#unready.add(name);
      await this.#askRelay();
      await delay(PAUSE_MS);
    }
  }

  async #askRelay(): Promise<void> {
    const [ready, metrics] = await Promise.all([
      this.#chaos.ask('relay-supervisor', '/readyz'),
      this.#chaos.ask('relay-supervisor', '/metrics'),
    ]);
    if (ready.status !== 200) this.#unready.add('relay-supervisor');
    if (metrics.status !== 200) return;
    for (const [, cause = ''] of metrics.text.matchAll(PROBLEM)) this.#causes.add(cause);
    const repairs = new Map(
      [...metrics.text.matchAll(REPAIR)].map(([, action = '', count]) => [action, Number(count)]),
    );
    const before = (this.#repairs ??= repairs);
    for (const [action, count] of repairs) if (count > (before.get(action) ?? 0)) this.#causes.add(action);
  }
}

function unnoticed(detail: string): Finding {
  return { check: 'C8', kind: 'unnoticed', detail };
}
