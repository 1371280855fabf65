/** Strings in the syntax tree of a source text. */
import ts from 'typescript';

/** What the file declares a name to be: `const rows = […]`. */
export function declaredAs(name: string, source: ts.SourceFile): ts.Expression | undefined {
  const find = (node: ts.Node): ts.Expression | undefined =>
    ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.name.text === name
      ? node.initializer
      : ts.forEachChild(node, find);
  return find(source);
}

/** All strings at and below a node, in the order of the text. */
export function stringsIn(node: ts.Node): readonly string[] {
  const text = textOf(node);
  if (text !== undefined) return [text];
  const strings: string[] = [];
  ts.forEachChild(node, (child) => void strings.push(...stringsIn(child)));
  return strings;
}

/** The text of a string, with `…` for what is filled in; undefined for anything else. */
export function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…');
}
