/** The groups of requirement ids, in the order in which they are listed, and what each is about. */
export const groups = {
  SHR: 'Shared kernel',
  JOB: 'Jobs and pipelines',
  CIM: 'People',
  ORD: 'Orders',
  ACC: 'Tenants and operations',
  TOX: 'Users',
  T: 'Traps',
} as const;

const idOrRange = new RegExp(String.raw`\b(${Object.keys(groups).join('|')})-(\d+)(?:…(?:\1-)?(\d+))?`, 'g');
const manyIds = new RegExp(String.raw`(?:${idOrRange.source}[\s,:]*)+`, 'g');

/** The ids in a text, ranges written out: `ORD-23…25` is three. */
export function idsIn(text: string): readonly string[] {
  return [...text.matchAll(idOrRange)].flatMap(([, group, first = '', last = first]) => {
    const numbers = Array.from({ length: Math.max(0, Number(last) - Number(first)) + 1 }, (_, i) => Number(first) + i);
    return numbers.map((number) => `${group}-${number}`);
  });
}

/** The text without its ids. */
export function withoutIds(text: string): string {
  return text.replaceAll(manyIds, '').trim();
}
