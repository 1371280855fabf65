import { INTERVAL_SECONDS } from './drill.ts';
import type { Labels, Series } from './evaluate.ts';

/** What one scrape found: values by their labels. */
export type Scrape = readonly { readonly labels: Labels; readonly value: number }[];

/** Scrapes an app as Prometheus would: with the labels of the target, and `up`, which is 0 where nobody answers. */
export async function scrape(target: { readonly app: string; readonly instance: string }): Promise<Scrape> {
  const own = { job: 'millrace', ...target };
  const text = await fetch(`http://${target.instance}/metrics`)
    .then((answer) => answer.text())
    .catch(() => undefined);
  const up = { labels: { __name__: 'up', ...own }, value: text === undefined ? 0 : 1 };
  return [up, ...samplesIn(text ?? '').map(({ labels, value }) => ({ labels: { ...labels, ...own }, value }))];
}

/** Samples of the text format of Prometheus. */
export function samplesIn(text: string): Scrape {
  return [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(([, name = '', list = '', value]) => {
    const labels = [...list.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => [label, text]);
    return { labels: { __name__: name, ...(Object.fromEntries(labels) as Labels) }, value: Number(value) };
  });
}

/** Series of a system that stood as each scrape says for so many seconds, one after the other, until `until`. */
export function seriesOf(
  phases: readonly { readonly scrape: Scrape; readonly seconds: number }[],
  until: number,
): readonly Series[] {
  const series = new Map<string, { labels: Labels; samples: [number, number][] }>();
  let at = until - phases.reduce((sum, { seconds }) => sum + seconds, 0);
  for (const { scrape: found, seconds } of phases) {
    for (const end = at + seconds; at < end; at += INTERVAL_SECONDS) {
      for (const { labels, value } of found) {
        const key = JSON.stringify(labels);
        const one = series.get(key) ?? { labels, samples: [] };
        one.samples.push([at + INTERVAL_SECONDS, value]);
        series.set(key, one);
      }
    }
  }
  return [...series.values()];
}
