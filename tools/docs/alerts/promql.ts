/** PromQL as a tree, by the grammar that Prometheus publishes for editors. */
import { parser } from '@prometheus-io/lezer-promql';

/** One piece of an expression: what the grammar calls it, its text, and what it is made of. */
export type Expression = {
  readonly kind: string;
  readonly text: string;
  readonly parts: readonly Expression[];
};

/** A condition on a label: `kind=~"a|b"`. */
export type Matcher = {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
};

/** What reads series: a metric and conditions on its labels. */
export type Selector = { readonly metric: string; readonly matchers: readonly Matcher[] };

/** @throws Error that shows where the text is no PromQL */
export function parsePromql(text: string): Expression {
  const stack: { kind: string; from: number; parts: Expression[] }[] = [];
  let root: Expression | undefined;
  parser.parse(text).iterate({
    enter: ({ name, type, from }) => {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${text.slice(0, from)}⚠${text.slice(from)}`);
      stack.push({ kind: name, from, parts: [] });
    },
    leave: ({ to }) => {
      const { kind, from, parts } = stack.pop() ?? { kind: '', from: 0, parts: [] };
      const expression = { kind, text: text.slice(from, to), parts };
      const parent = stack.at(-1);
      if (parent) parent.parts.push(expression);
      else root = expression;
    },
  });
  const [expression] = root?.parts ?? [];
  if (!expression) throw new Error('an empty expression');
  return expression;
}

/** All pieces of one kind in an expression, itself included. */
export function piecesOf(expression: Expression, kind: string): readonly Expression[] {
  const below = expression.parts.flatMap((part) => piecesOf(part, kind));
  return expression.kind === kind ? [expression, ...below] : below;
}

/** The piece of that kind directly below. */
export function partOf(expression: Expression, kind: string): Expression | undefined {
  return expression.parts.find((part) => part.kind === kind);
}

/** What a `VectorSelector` says. */
export function selectorOf(expression: Expression): Selector {
  const matchers = piecesOf(expression, 'UnquotedLabelMatcher').map(({ parts }) => {
    const [label, operator, value] = parts.map(({ text }) => text);
    return { label, operator, value: JSON.parse(value ?? '""') as string } as Matcher;
  });
  return { metric: partOf(expression, 'Identifier')?.text ?? '', matchers };
}

/** Labels that an aggregation or a join names: `by (group)`, `on (group)`. */
export function groupingLabels(expression: Expression): readonly string[] {
  return piecesOf(expression, 'LabelName').map(({ text }) => text);
}

const secondsPer: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** `1h30m` in seconds. */
export function durationSeconds(text: string): number {
  if (!/^(\d+(ms|[smhdw]))+$/.test(text)) throw new Error(`no duration: ${text}`);
  return [...text.matchAll(/(\d+)(ms|[smhdw])/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (secondsPer[unit] ?? 0),
    0,
  );
}
