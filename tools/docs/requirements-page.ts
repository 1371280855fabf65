import { groups, idsIn } from './requirement-ids.ts';
import type { Mention } from './test-names.ts';

/** Every requirement; those that only restate others, by id; and the ids that are put off, by what they wait for. */
export type Requirements = {
  readonly titles: Readonly<Record<string, string>>;
  readonly same: Readonly<Record<string, string>>;
  readonly later: Readonly<Record<string, string>>;
};

type Tests = ReadonlyMap<string, readonly Mention[]>;

/** More tests of one requirement are counted only. */
const shownTests = 3;

const introduction = `# Requirements

What Millrace has to do, and which tests prove it: a test names the requirements it proves. Written by \`npm run requirements\`; \`npm test\` fails where this page is not fresh, or where a test names an id that is not in \`tools/docs/requirements.json\`. T are traps: ways to get it wrong.
`;

/** The ids that are named by a test and are no requirement, each with the file that names it. */
export function unknownIds({ titles }: Requirements, mentions: readonly Mention[]): readonly string[] {
  return mentions.filter(({ id }) => !Object.hasOwn(titles, id)).map(({ id, file }) => `${file}: ${id}`);
}

/** The page as Markdown, before formatting. */
export function renderPage(requirements: Requirements, mentions: readonly Mention[]): string {
  const tests = Map.groupBy(mentions, ({ id }) => id);
  const sections = Object.entries(groups).map(([group, title]) => {
    const rows = idsOf(requirements, group).flatMap((id) => {
      const proof = proofOf(requirements, tests, id);
      return proof === undefined ? [] : [[id, requirements.titles[id] ?? '', proof]];
    });
    return `## ${title}\n\n${table(['Id', 'Requirement', 'Tests'], rows)}`;
  });
  return [introduction, counts(requirements, tests), ...sections, untested(requirements, tests)].join('\n');
}

function idsOf({ titles }: Requirements, group: string): readonly string[] {
  return Object.keys(titles).filter((id) => id.startsWith(`${group}-`));
}

/** The tests of a requirement, or the others that it restates where all of those have tests. */
function proofOf({ same }: Requirements, tests: Tests, id: string): string | undefined {
  const own = tests.get(id);
  if (own) return testsCell(own);
  return isRestated({ same }, tests, id) ? `see ${idsIn(same[id] ?? '').join(', ')}` : undefined;
}

function isRestated({ same }: Pick<Requirements, 'same'>, tests: Tests, id: string): boolean {
  const others = idsIn(same[id] ?? '');
  return !tests.has(id) && others.length > 0 && others.every((other) => tests.has(other));
}

function counts(requirements: Requirements, tests: Tests): string {
  const row = (title: string, ids: readonly string[]) => {
    const tested = ids.filter((id) => tests.has(id)).length;
    const restated = ids.filter((id) => isRestated(requirements, tests, id)).length;
    return [title, ...[ids.length, tested, restated, ids.length - tested - restated].map(String)];
  };
  const rows = Object.entries(groups).map(([group, title]) => row(`${title} (${group})`, idsOf(requirements, group)));
  const all = row('All', Object.keys(requirements.titles));
  return table(['Group', 'Requirements', 'Named by a test', 'Restate such a one', 'Not yet'], [...rows, all]);
}

function testsCell(mentions: readonly Mention[]): string {
  const tests = [...new Set(mentions.map(({ file, name }) => `${shortPath(file)} ${code(name)}`))];
  const more = tests.length > shownTests ? [`and ${tests.length - shownTests} more`] : [];
  return [...tests.slice(0, shownTests), ...more].join('<br>');
}

/** The package's folder and the file: `orders/order.spec.ts`. */
function shortPath(file: string): string {
  const folders = file.split('/');
  const name = folders.pop();
  const source = folders.indexOf('src');
  return `${folders.at(source - 1) ?? ''}/${name}`;
}

function code(text: string): string {
  return text === '' ? '' : `\`${text.replaceAll(/\s+/g, ' ').replaceAll('`', "'")}\``;
}

function untested(requirements: Requirements, tests: Tests): string {
  const { titles, later } = requirements;
  const open = Object.keys(titles).filter((id) => proofOf(requirements, tests, id) === undefined);
  const reasons = new Map(Object.entries(later).flatMap(([reason, ids]) => idsIn(ids).map((id) => [id, reason])));
  const lists = [
    ['Open', open.filter((id) => !reasons.has(id))] as const,
    ...Object.keys(later).map(
      (reason) => [`Later: ${reason}`, open.filter((id) => reasons.get(id) === reason)] as const,
    ),
  ];
  const texts = lists
    .filter(([, ids]) => ids.length > 0)
    .map(([title, ids]) => `### ${title}\n\n${ids.map((id) => `- ${id} ${titles[id]}`).join('\n')}\n`);
  return ['## Named by no test yet\n', ...texts].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}
