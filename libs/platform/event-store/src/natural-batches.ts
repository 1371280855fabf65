/**
 * Natural batching: while a statement is under way, requests gather, and the next statement takes all that wait. Nothing
 * ever waits for a timer, so a lone request is as quick as without.
 *
 *     idle ──request──▶ one under way ──request──▶ as many under way as may be ──request──▶ waiting
 *                              ▲                                                            │
 *                              └───────────────── one has ended: all that wait ◀────────────┘
 */

/** How requests share statements. */
export type Batching<Request, Result> = {
  /** Which of those that wait, in the order in which they came, are sent now. None: until something has ended. */
  readonly choose: (waiting: readonly Request[]) => ReadonlySet<Request>;
  /** @returns for each, in their order, what became of it; an error is everyone's */
  readonly send: (batch: readonly Request[]) => Promise<readonly PromiseSettledResult<Result>[]>;
};

type Waiting<Request, Result> = {
  readonly request: Request;
  readonly settle: (result: PromiseSettledResult<Result>) => void;
};

/** While one is flushed to disk, or its answer read, another one is parsed and executed. */
const MOST_UNDER_WAY = 2;

/** Requests of one process. */
export class NaturalBatches<Request extends object, Result> {
  readonly #batching: Batching<Request, Result>;
  #waiting: readonly Waiting<Request, Result>[] = [];
  #underWay = 0;

  constructor(batching: Batching<Request, Result>) {
    this.#batching = batching;
  }

  /** Errors as `send` has them. */
  async add(request: Request): Promise<Result> {
    const result = await new Promise<PromiseSettledResult<Result>>((settle) => {
      this.#waiting = [...this.#waiting, { request, settle }];
      this.#next();
    });
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }

  #next(): void {
    while (this.#underWay < MOST_UNDER_WAY && this.#waiting.length > 0) {
      const chosen = this.#batching.choose(this.#waiting.map(({ request }) => request));
      if (chosen.size === 0) return;
      const batch = this.#waiting.filter(({ request }) => chosen.has(request));
      this.#waiting = this.#waiting.filter(({ request }) => !chosen.has(request));
      void this.#run(batch);
    }
  }

  async #run(batch: readonly Waiting<Request, Result>[]): Promise<void> {
    this.#underWay += 1;
    const results = await this.#batching
      .send(batch.map(({ request }) => request))
      .catch((reason: unknown) => batch.map((): PromiseSettledResult<Result> => ({ status: 'rejected', reason })));
    this.#underWay -= 1;
    for (const [index, { settle }] of batch.entries()) settle(results[index] as PromiseSettledResult<Result>);
    this.#next();
  }
}
