/**
 * Tries rules on series that are made up. The notation of values is that of `promtool test rules`: `0 1+2x3` is 0 1 3 5 7,
 * `_x4` is four times nothing.
 */
import { type AlertRule, alertRule } from './alert-file.ts';
import { evaluate, type Labels, type Series } from './evaluate.ts';
import { durationSeconds } from './promql.ts';

/** Pause between two samples, and between two evaluations. */
export const INTERVAL_SECONDS = 15;

/** A rule, series by selector (`up{app="a"}`), when it must still be quiet and when it must fire, and for what. */
export type Drill = {
  readonly alert: string;
  readonly series: Readonly<Record<string, string>>;
  readonly quietAt: string;
  readonly firesAt: string;
  readonly labels?: Labels;
};

/** The labels for which a rule fires at a moment of the drill. */
export function firing(drill: Pick<Drill, 'alert' | 'series'>, at: string): readonly Labels[] {
  const series = Object.entries(drill.series).map(([selector, values]) => seriesOf(selector, values));
  return firingRule(alertRule(drill.alert), { series, at: durationSeconds(at) });
}

/** The labels for which the expression has held without a pause for as long as the rule asks. */
export function firingRule(
  rule: AlertRule,
  { series, at }: { readonly series: readonly Series[]; readonly at: number },
): readonly Labels[] {
  const seconds = rule.for === undefined ? 0 : durationSeconds(rule.for);
  // Before the first evaluation nothing held.
  if (at < seconds) return [];
  const moments = Array.from({ length: seconds / INTERVAL_SECONDS + 1 }, (_, i) => at - i * INTERVAL_SECONDS);
  const [now = [], ...before] = moments.map((moment) => evaluate(rule.expr, { series, at: moment }).map(alertLabels));
  const key = (labels: Labels) => JSON.stringify(Object.entries(labels).sort());
  return now.filter((labels) => before.every((moment) => moment.some((other) => key(other) === key(labels))));
}

function alertLabels({ labels }: { readonly labels: Labels }): Labels {
  const { __name__: _metric, ...others } = labels;
  return others;
}

function seriesOf(selector: string, values: string): Series {
  const [, name = '', list = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(selector) ?? [];
  const labels = [...list.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value] as const);
  const samples = valuesOf(values).flatMap((value, index) =>
    value === undefined ? [] : [[index * INTERVAL_SECONDS, value] as const],
  );
  return { labels: { __name__: name, ...Object.fromEntries(labels) }, samples };
}

function valuesOf(text: string): readonly (number | undefined)[] {
  return text.split(' ').flatMap((word) => {
    const [, start = '', step = '', times] = /^([-\d.e]+|_)([+-][\d.e]+)?(?:x(\d+))?$/.exec(word) ?? [];
    if (start === '') throw new Error(`no values: ${word}`);
    if (start === '_') return Array.from({ length: Number(times ?? 1) }, () => undefined);
    return Array.from({ length: Number(times ?? 0) + 1 }, (_, i) => Number(start) + i * Number(step || 0));
  });
}
