/** From the answer to a command to the row that a query finds, at half of what the whole way can carry. */
import type { Arm, Experiment, Measured, Turn } from '../harness/arm.ts';
import { BenchStack, SharedStack } from '../relay/bench-stack.ts';
import { highestRate, journeyTurn, plainRowTurn, type Rate } from '../relay/journey.ts';
import type { Bench, Scale, Suite } from './suite.ts';

type Size = { readonly turn: Turn; readonly fillMs: number; readonly rounds?: number };

const sizes: Record<Scale, Size> = {
  tiny: { turn: { warmUp: { ms: 200 }, measure: { ms: 500 } }, fillMs: 300, rounds: 1 },
  quick: { turn: { warmUp: { ms: 300 }, measure: { ms: 1_500 } }, fillMs: 1_500, rounds: 3 },
  full: { turn: { warmUp: { ms: 3_000 }, measure: { ms: 20_000 } }, fillMs: 10_000 },
};

const stack = new SharedStack(['command-api', 'order-read-model-projection']);

async function journey({ scale, environment }: Bench): Promise<Experiment> {
  const bench = await stack.use(environment);
  const { turn, fillMs, rounds } = sizes[scale];
  const perSecond = bench instanceof BenchStack ? await halfLoad(bench, fillMs) : 0;
  const arm = (name: string, run: (running: BenchStack, rate: Rate) => Promise<Measured>): Arm =>
    bench instanceof BenchStack
      ? { name, measure: (spans) => run(bench, { ...spans, perSecond }) }
      : { name, missing: bench.missing, measure: () => Promise.reject(new Error(bench.missing)) };
  return {
    name: 'answer to row',
    about: `${perSecond} orders per second, half of what the whole way carried before; client µs are those of Connect`,
    arms: [
      arm('millrace', (running, rate) => journeyTurn(running, 'row', rate)),
      arm('relay', (running, rate) => journeyTurn(running, 'record', rate)),
      arm('plain-row', plainRowTurn),
    ],
    floor: 'relay',
    comparisons: [{ gate: 'e2e-visible', of: 'millrace', to: ['relay', 'plain-row'], quantity: 'p50' }],
    ...(rounds !== undefined && { rounds }),
    turn,
  };
}

/** The first fill warms every process of the way, the second is believed. */
async function halfLoad(bench: BenchStack, fillMs: number): Promise<number> {
  await highestRate(bench, fillMs);
  return Math.max(1, Math.round((await highestRate(bench, fillMs)) / 2));
}

/** The suite `e2e`. */
export const e2e: Suite = {
  name: 'e2e',
  about: 'from the answer over HTTP to the row in the read model against the sum of the parts',
  experiments: [journey],
  close: () => stack.close(),
};
