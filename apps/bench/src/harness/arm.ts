import type { Percentiles } from './latencies.ts';

/** How long: a time for rates, a number of operations for costs that shall be the same in every run. */
export type Span = { readonly ms: number } | { readonly operations: number };

/** How long one turn of an arm takes. */
export type Turn = {
  /** Discarded: caches, prepared plans, the optimising compiler. */
  readonly warmUp: Span;
  readonly measure: Span;
};

/** What one turn of an arm showed. Costs are per operation. */
export type Measured = {
  readonly operations: number;
  readonly perSecond: number;
  /** Where the load generator knows them. */
  readonly latency?: Percentiles;
  /** Processor time, in microseconds, of what talks to Postgres: load generator and driver, or the server under test alone. */
  readonly clientCpu: number;
  /** Processor time of all of Postgres, in microseconds. */
  readonly serverCpu: number;
  readonly walBytes: number;
  /** Statements that Postgres executed: round trips. */
  readonly statements: number;
  /** Blocks that they looked at, found in memory or not. */
  readonly blocks: number;
  /** What the check after the turn found wrong. Any makes the arm a failed one. */
  readonly problems: readonly string[];
};

/** A number of `Measured` that can be compared. `busy`: share of a core that `clientCpu` is. */
export type Quantity = 'perSecond' | 'p50' | 'busy' | 'clientCpu' | 'serverCpu' | 'walBytes' | 'statements' | 'blocks';

/** One of the things that are compared: ours, a floor, a peer. */
export type Arm = {
  readonly name: string;
  /** Runs once, and checks afterwards that nothing was lost. */
  readonly measure: (turn: Turn) => Promise<Measured>;
  /** Why it cannot run on this machine. */
  readonly missing?: string;
};

/** A ratio, or where `to` is absent a number, that a gate is about. */
export type Comparison = {
  /** Id in `gates.ts`. */
  readonly gate: string;
  readonly of: string;
  /** Several stand for all of them one after the other: the sum of their times or costs. */
  readonly to?: string | readonly string[];
  readonly quantity: Quantity;
};

/** Arms that run in the same rounds. */
export type Experiment = {
  readonly name: string;
  readonly about: string;
  readonly arms: readonly Arm[];
  /** Runs twice a round: what two measurements of the same thing differ by is noise. */
  readonly floor: string;
  readonly comparisons: readonly Comparison[];
  /** Default: what was asked for. Counters that hardly vary need fewer. */
  readonly rounds?: number;
  readonly turn: Turn;
  /** After the last round: ends what the arms share. */
  readonly close?: () => Promise<void>;
};

/** @returns undefined where the arm could not tell */
export function quantityOf(measured: Measured, quantity: Quantity): number | undefined {
  if (quantity === 'p50') return measured.latency?.p50;
  return quantity === 'busy' ? (measured.clientCpu * measured.perSecond) / 1e6 : measured[quantity];
}
