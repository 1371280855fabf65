/**
 * Arms in rounds: every round runs each arm once, in an order drawn from the seed, so that a slow minute of the machine
 * hits all alike. Ratios are made within a round.
 */
import { type Arm, type Comparison, type Experiment, type Measured, quantityOf } from './arm.ts';
import { Random } from './random.ts';
import { type Interval, median, medianInterval } from './statistics.ts';

/** How an experiment is run. */
export type RoundsOptions = { readonly rounds: number; readonly seed: number; readonly say: (line: string) => void };

/** What the arms showed in one round, by name, in the order in which they ran. */
export type Round = Readonly<Record<string, Measured>>;

/** Rounds of one experiment; `missing` says by name why an arm did not run. */
export type ExperimentResult = {
  readonly name: string;
  readonly about: string;
  readonly floor: string;
  readonly rounds: readonly Round[];
  readonly missing: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
};

/** The number that a gate is about, and how sure it is. */
export type Finding = {
  readonly gate: string;
  /** `millrace ÷ pgbench`, or the name of one arm. */
  readonly subject: string;
  readonly quantity: Comparison['quantity'];
  /** Absent where an arm did not run. */
  readonly median?: number;
  readonly interval?: Interval;
  /** Interval of the ratio of the floor to itself. */
  readonly noise?: Interval;
};

/** Name of the second turn of an arm in a round. */
export const again = (name: string): string => `${name} (again)`;

/** Runs an experiment to its end. */
export async function runRounds(experiment: Experiment, options: RoundsOptions): Promise<ExperimentResult> {
  const random = new Random(options.seed);
  const ready = experiment.arms.filter(({ missing }) => missing === undefined);
  const floor = ready.find(({ name }) => name === experiment.floor);
  const turns = floor ? [...ready, { ...floor, name: again(floor.name) }] : ready;
  const rounds: Round[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    options.say(`${experiment.name}: round ${round} of ${options.rounds}`);
    rounds.push(await runRound(random.shuffled(turns), experiment));
  }
  const { name, about } = experiment;
  const missing = Object.fromEntries(
    experiment.arms.flatMap((arm) => (arm.missing === undefined ? [] : [[arm.name, arm.missing]])),
  );
  const findings = experiment.comparisons.map((comparison) =>
    findingOf(comparison, { rounds, floor: experiment.floor, seed: options.seed }),
  );
  return { name, about, floor: experiment.floor, rounds, missing, findings };
}

async function runRound(arms: readonly Arm[], { turn }: Experiment): Promise<Round> {
  const round: Record<string, Measured> = {};
  for (const arm of arms) round[arm.name] = await arm.measure(turn).catch(failedTurn);
  return round;
}

/** A peer that breaks spoils its own numbers, and no others. */
function failedTurn(error: unknown): Measured {
  const costs = { clientCpu: 0, serverCpu: 0, walBytes: 0, statements: 0, blocks: 0 };
  const [problem = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return { operations: 0, perSecond: 0, ...costs, problems: [problem] };
}

type Rounds = { readonly rounds: readonly Round[]; readonly floor: string; readonly seed: number };

function findingOf(comparison: Comparison, { rounds, floor, seed }: Rounds): Finding {
  const { gate, of, to, quantity } = comparison;
  const values = rounds.flatMap((round) => valueOf(round, comparison) ?? []);
  const noise = rounds.flatMap((round) => valueOf(round, { ...comparison, of: again(floor), to: floor }) ?? []);
  const subject = to === undefined ? of : `${of} ÷ ${typeof to === 'string' ? to : `(${to.join(' + ')})`}`;
  return {
    ...{ gate, subject, quantity },
    ...(values.length > 0 && { median: median(values), interval: medianInterval(values, seed) }),
    ...(to !== undefined && noise.length > 0 && { noise: medianInterval(noise, seed) }),
  };
}

function valueOf(round: Round, { of, to, quantity }: Comparison): number | undefined {
  const value = numberOf(round[of], quantity);
  const floor =
    to === undefined
      ? 1
      : inARow(
          [to].flat().map((name) => numberOf(round[name], quantity)),
          quantity,
        );
  return value === undefined || floor === undefined ? undefined : value / floor;
}

/** Of parts that follow each other times and costs add up, and so do the times that rates stand for. */
function inARow(parts: readonly (number | undefined)[], quantity: Comparison['quantity']): number | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  return quantity === 'perSecond' ? 1 / sum(known.map((rate) => 1 / rate)) : sum(known);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function numberOf(measured: Measured | undefined, quantity: Comparison['quantity']): number | undefined {
  // Fast and wrong is not fast.
  return measured?.problems.length === 0 ? quantityOf(measured, quantity) : undefined;
}
