import type { NamedDifference, SidesComparison } from '@millrace/consumer';

const LONGEST_VALUE = 60;

/** A comparison for people. */
export function comparisonLines({
  liveRows,
  otherRows,
  equal,
  differences,
  aggregatesApart,
  columns,
  named,
}: SidesComparison): string[] {
  const counts = Object.entries(differences).filter(([, count]) => count > 0);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const { onlyLive, onlyOther } = columns;
  return [
    `live ${liveRows} row(s), beside it ${otherRows}, equal ${equal}`,
    ...counts.map(([difference, count]) => `  ${count} ${difference}`),
    ...(aggregatesApart > 0 ? [`  ${aggregatesApart} aggregate(s) of which one of them has seen more`] : []),
    ...(onlyLive.length > 0 ? [`  only the live one has ${onlyLive.join(', ')}`] : []),
    ...(onlyOther.length > 0 ? [`  only the other one has ${onlyOther.join(', ')}`] : []),
    ...named.map(differenceLine),
    ...(total > named.length ? [`  … and ${total - named.length} more`] : []),
  ];
}

function differenceLine({ difference, key, columns, live, other }: NamedDifference): string {
  const values = columns.map((column) => `${column} ${value(live?.[column])} → ${value(other?.[column])}`);
  return `  ✖ ${difference}  ${Object.values(key).join(' ')}  ${values.join(', ')}`.trimEnd();
}

function value(content: unknown): string {
  const text = JSON.stringify(content) ?? 'none';
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
