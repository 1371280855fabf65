import type { Environment } from '@millrace/config';

import type { Experiment } from '../harness/arm.ts';
import type { BenchKafka } from '../harness/bench-kafka.ts';
import type { BenchPostgres } from '../harness/bench-postgres.ts';

/** How long and how much. `tiny` is for the specs of this folder: it proves that everything works, and no number. */
export type Scale = 'tiny' | 'quick' | 'full';

/** What an experiment is built with. */
export type Bench = {
  readonly postgres: BenchPostgres;
  /** Started when it is first asked for. */
  readonly kafka: () => Promise<BenchKafka>;
  readonly scale: Scale;
  readonly environment: Environment;
};

/** A group of experiments that is asked for by name. They are made one after the other, each when the one before is done. */
export type Suite = {
  readonly name: string;
  readonly about: string;
  readonly experiments: readonly ((bench: Bench) => Promise<Experiment>)[];
  /** After the last experiment: ends what they share. */
  readonly close?: () => Promise<void>;
};
