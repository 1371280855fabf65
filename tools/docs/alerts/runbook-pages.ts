import { readFileSync } from 'node:fs';

/** A command of a page: where it stands, its line, and the exit code that the page promises (0 unless it says `# exit 1`). */
export type RunbookCommand = { readonly part: string; readonly line: string; readonly exitCode: number };

/** One page of `docs/runbook.md`: a heading of the second level and what stands below it. */
export type RunbookPage = {
  readonly title: string;
  readonly text: string;
  readonly commands: readonly RunbookCommand[];
};

const file = new URL('../../../docs/runbook.md', import.meta.url);

/** The pages of the runbook in their order; the introduction is none. */
export function runbookPages(): readonly RunbookPage[] {
  return pagesIn(readFileSync(file, 'utf8'));
}

/** Pages of a text in Markdown. */
export function pagesIn(markdown: string): readonly RunbookPage[] {
  const [, ...sections] = `\n${markdown}`.split(/\n## /);
  return sections.map((section) => {
    const [title = '', ...lines] = section.split('\n');
    const text = lines.join('\n').trim();
    return { title: title.trim(), text, commands: commandsIn(text) };
  });
}

/** As GitHub makes the anchor of a heading. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

/** Commands are the lines of fenced blocks of `sh`, each in the part that begins with a word like **Look.** above it. */
function commandsIn(text: string): readonly RunbookCommand[] {
  let part = '';
  return [...text.matchAll(/^\*\*(\w+)\.\*\*|^```sh\n(.*?)^```$/gms)].flatMap(([, word, block]) => {
    if (word !== undefined) part = word;
    return (block ?? '').split('\n').flatMap((line) => (line.trim() === '' ? [] : [{ part, ...commandOf(line) }]));
  });
}

function commandOf(line: string): Omit<RunbookCommand, 'part'> {
  const [command = '', comment = ''] = line.split(/\s+# /, 2);
  return { line: command.trim(), exitCode: Number(/\bexit (\d)/.exec(comment)?.[1] ?? 0) };
}
