/**
 * Evaluates the part of PromQL that `docs/alerts.yaml` uses, so that a test can say whether a rule fires on series that it
 * made up or on a real scrape. What it does not know it refuses: nothing passes because it was ignored. That it agrees with
 * Prometheus was tried with `promtool test rules` on the same drills.
 */
import {
  durationSeconds,
  type Expression,
  groupingLabels,
  type Matcher,
  parsePromql,
  partOf,
  selectorOf,
} from './promql.ts';

/** Labels of a series; `__name__` is the metric. */
export type Labels = Readonly<Record<string, string>>;
/** A series: its labels, and values at seconds of a clock, ascending. */
export type Series = { readonly labels: Labels; readonly samples: readonly (readonly [at: number, value: number])[] };
/** One element of an instant vector. */
export type Sample = { readonly labels: Labels; readonly value: number };

type Value = number | readonly Sample[];
type Moment = { readonly series: readonly Series[]; readonly at: number };
type Evaluator = (expression: Expression, moment: Moment) => Value;

/** Prometheus forgets a series whose last sample is older. */
const LOOK_BACK_SECONDS = 300;

/** What an expression yields at a moment; for a rule: it fires for each element. */
export function evaluate(expr: string, moment: Moment): readonly Sample[] {
  const value = valueOf(parsePromql(expr), moment);
  if (typeof value === 'number') throw new Error(`a number is no alert: ${expr}`);
  return value;
}

const evaluators: Readonly<Record<string, Evaluator>> = {
  NumberDurationLiteral: ({ text }) => (/^[\d.e]+$/.test(text) ? Number(text) : durationSeconds(text)),
  VectorSelector: (expression, moment) => instant(expression, moment),
  ParenExpr: ({ parts: [inner] }, moment) => valueOf(inner, moment),
  FunctionCall: (expression, moment) => callOf(expression, moment),
  AggregateExpr: (expression, moment) => aggregate(expression, moment),
  BinaryExpr: (expression, moment) => binary(expression, moment),
};

function valueOf(expression: Expression | undefined, moment: Moment): Value {
  const evaluator = expression && evaluators[expression.kind];
  if (!expression || !evaluator) throw new Error(`not known here: ${expression?.kind} ${expression?.text}`);
  return evaluator(expression, moment);
}

function vectorOf(expression: Expression | undefined, moment: Moment): readonly Sample[] {
  const value = valueOf(expression, moment);
  return typeof value === 'number' ? [{ labels: {}, value }] : value;
}

function selected(expression: Expression, { series }: Moment): readonly Series[] {
  const { metric, matchers } = selectorOf(expression);
  return series.filter(
    ({ labels }) => labels['__name__'] === metric && matchers.every((matcher) => fits(labels, matcher)),
  );
}

function fits(labels: Labels, { label, operator, value }: Matcher): boolean {
  const own = labels[label] ?? '';
  const equal = operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(own) : own === value;
  return operator.startsWith('!') ? !equal : equal;
}

function instant(expression: Expression, moment: Moment): readonly Sample[] {
  return selected(expression, moment).flatMap(({ labels, samples }) => {
    const last = samples.findLast(([at]) => at <= moment.at && at > moment.at - LOOK_BACK_SECONDS);
    return last ? [{ labels, value: last[1] }] : [];
  });
}

function callOf(expression: Expression, moment: Moment): Value {
  const name = partOf(expression, 'FunctionIdentifier')?.text ?? '';
  const [argument] = partOf(expression, 'FunctionCallBody')?.parts ?? [];
  if (name === 'time') return moment.at;
  if (name === 'absent') return absent(argument, moment);
  if (name === 'increase' || name === 'rate' || name === 'delta') return change(name, argument, moment);
  throw new Error(`not known here: ${name}()`);
}

function absent(argument: Expression | undefined, moment: Moment): Value {
  if (vectorOf(argument, moment).length > 0) return [];
  const matchers = argument?.kind === 'VectorSelector' ? selectorOf(argument).matchers : [];
  const equal = matchers.filter(({ operator }) => operator === '=').map(({ label, value }) => [label, value] as const);
  return [{ labels: Object.fromEntries(equal), value: 1 }];
}

/** Between the first and the last sample of the window, extrapolated to all of it as Prometheus does. */
function change(name: string, argument: Expression | undefined, moment: Moment): Value {
  const [selector, range] = argument?.kind === 'MatrixSelector' ? argument.parts : [];
  if (!selector || !range) throw new Error(`${name}() needs a range`);
  const seconds = durationSeconds(range.text);
  return selected(selector, moment).flatMap(({ labels, samples }) => {
    const window = samples.filter(([at]) => at <= moment.at && at > moment.at - seconds);
    const grown = extrapolated(window, { name, start: moment.at - seconds, end: moment.at });
    return grown === undefined
      ? []
      : [{ labels: without(labels, '__name__'), value: name === 'rate' ? grown / seconds : grown }];
  });
}

function extrapolated(
  window: Series['samples'],
  { name, start, end }: { name: string; start: number; end: number },
): number | undefined {
  const [first, last] = [window[0], window.at(-1)];
  if (!first || !last || window.length < 2) return undefined;
  // A counter that falls began anew at 0.
  const resets = name === 'delta' ? 0 : window.reduce((sum, [, value], i) => sum + lost(window[i - 1]?.[1], value), 0);
  const grown = last[1] - first[1] + resets;
  const covered = last[0] - first[0];
  const pause = covered / (window.length - 1);
  const reach = (gap: number) => (gap < pause * 1.1 ? gap : pause / 2);
  // A counter was not below 0 before its first sample.
  const toZero = name !== 'delta' && grown > 0 ? (covered * first[1]) / grown : Infinity;
  return (grown * (covered + Math.min(reach(first[0] - start), toZero) + reach(end - last[0]))) / covered;
}

function lost(before: number | undefined, value: number): number {
  return before !== undefined && value < before ? before : 0;
}

const folds: Readonly<Record<string, (values: readonly number[]) => number>> = {
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
};

function aggregate(expression: Expression, moment: Moment): Value {
  const fold = folds[partOf(expression, 'AggregateOp')?.text ?? ''];
  const modifier = partOf(expression, 'AggregateModifier');
  if (!fold || modifier?.parts[0]?.kind === 'Without') throw new Error(`not known here: ${expression.text}`);
  const by = modifier ? groupingLabels(modifier) : [];
  const groups = Map.groupBy(vectorOf(partOf(expression, 'FunctionCallBody')?.parts[0], moment), ({ labels }) =>
    keyOf(labels, by),
  );
  return [...groups.values()].map((group) => ({
    labels: only(group[0]?.labels ?? {}, by),
    value: fold(group.map(({ value }) => value)),
  }));
}

const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};
const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

function binary(expression: Expression, moment: Moment): Value {
  const [left, operator] = expression.parts;
  const [a, b] = [valueOf(left, moment), valueOf(expression.parts.at(-1), moment)];
  const matching = partOf(expression, 'MatchingModifierClause');
  const symbol = operator?.text ?? '';
  if (typeof a !== 'number' && typeof b !== 'number')
    return joined(symbol, [a, b], matching && groupingLabels(matching));
  if (typeof a !== 'number') return a.flatMap((sample) => applied(symbol, sample, [sample.value, Number(b)]));
  if (typeof b !== 'number') return b.flatMap((sample) => applied(symbol, sample, [a, sample.value]));
  return operationOf(arithmetic, symbol)(a, b);
}

/** One sample under an operator: changed by arithmetic, kept or dropped by a comparison. */
function applied(symbol: string, sample: Sample, [a, b]: readonly [number, number]): readonly Sample[] {
  const compute = arithmetic[symbol];
  if (compute) return [{ labels: without(sample.labels, '__name__'), value: compute(a, b) }];
  return operationOf(comparisons, symbol)(a, b) ? [sample] : [];
}

function operationOf<T>(operations: Readonly<Record<string, T>>, symbol: string): T {
  const operation = operations[symbol];
  if (!operation) throw new Error(`not known here: ${symbol}`);
  return operation;
}

/** Two vectors, matched by the labels of `on`, else by all. */
function joined(
  symbol: string,
  [a, b]: readonly [readonly Sample[], readonly Sample[]],
  on?: readonly string[],
): Value {
  const key = ({ labels }: Sample) => keyOf(labels, on ?? Object.keys(without(labels, '__name__')));
  const other = new Map(b.map((sample) => [key(sample), sample.value]));
  if (symbol === 'or') return [...a, ...b.filter((sample) => !a.some((mine) => key(mine) === key(sample)))];
  if (symbol === 'unless') return a.filter((sample) => !other.has(key(sample)));
  if (symbol === 'and') return a.filter((sample) => other.has(key(sample)));
  return a.flatMap((sample) => {
    const value = other.get(key(sample));
    return value === undefined ? [] : applied(symbol, sample, [sample.value, value]);
  });
}

function keyOf(labels: Labels, names: readonly string[]): string {
  return JSON.stringify([...names].sort().map((name) => [name, labels[name] ?? '']));
}

function only(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => names.includes(name)));
}

function without(labels: Labels, name: string): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => key !== name));
}
