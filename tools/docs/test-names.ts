import { basename } from 'node:path';

import ts from 'typescript';

import { idsIn, withoutIds } from './requirement-ids.ts';
import { declaredAs, stringsIn, textOf } from './source-strings.ts';

/** A test, or a group of tests, whose name says that it proves a requirement. */
export type Mention = { readonly id: string; readonly file: string; readonly name: string };

/** Calls that name tests: `it('…')`, `test.each(rows)('…')`, `describe.skip('…')`. */
const testFunctions = new Set(['it', 'test', 'describe']);

/** Every id in the test names of a source text; `file` is its path from the repository. */
export function mentionsIn(file: string, text: string): readonly Mention[] {
  const source = ts.createSourceFile(basename(file), text, ts.ScriptTarget.Latest);
  const mentions: Mention[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isCallExpression(node)) {
      for (const name of namesOf(node, source)) {
        mentions.push(...idsIn(name).map((id) => ({ id, file, name: readable(name) })));
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return mentions;
}

/** A test's own name, or those of its rows where the ids stand in the rows. */
function namesOf(call: ts.CallExpression, source: ts.SourceFile): readonly string[] {
  const [title] = call.arguments;
  if (title === undefined || !testFunctions.has(rootName(call.expression))) return [];
  const name = textOf(title) ?? '';
  return idsIn(name).length > 0 ? [name] : rowNames(call.expression, source);
}

/** `test` of `test.each(rows)`. */
function rootName(expression: ts.Expression): string {
  if (ts.isIdentifier(expression)) return expression.text;
  if (ts.isPropertyAccessExpression(expression) || ts.isCallExpression(expression)) {
    return rootName(expression.expression);
  }
  return '';
}

function rowNames(callee: ts.Expression, source: ts.SourceFile): readonly string[] {
  if (!ts.isCallExpression(callee)) return [];
  return callee.arguments
    .flatMap((rows) => stringsIn(ts.isIdentifier(rows) ? (declaredAs(rows.text, source) ?? rows) : rows))
    .filter((text) => idsIn(text.split(' ', 1)[0] ?? '').length > 0);
}

/** Without the ids, and with `…` where Jest fills in a column of a table. */
function readable(name: string): string {
  return withoutIds(name).replaceAll(/%[a-z#]|\$[\w.]+/gi, '…');
}
