/** Insertions into TypeScript and JSON sources by what they say, not by where a line happens to be. */
import ts from 'typescript';

/** Adds an import of names, or an export of them, sorted by module: packages first, then files. */
export function addStatement(text: string, statement: string): string {
  const [added] = modulesOf(statement);
  if (!added) throw new Error(`not an import or export from a module: ${statement}`);
  const same = modulesOf(text).filter(({ kind }) => kind === added.kind);
  const present = same.find(({ specifier }) => specifier === added.specifier);
  if (present) {
    const names = [...present.names, ...added.names].sort(byName).join(', ');
    return `${text.slice(0, present.namesStart)}${names}${text.slice(present.namesEnd)}`;
  }
  const group = same.filter(({ specifier }) => specifier.startsWith('.') === added.specifier.startsWith('.'));
  const next = group.find(({ specifier }) => specifier > added.specifier);
  if (next) return insert(text, next.start, `${statement}\n`);
  const before = group.at(-1) ?? same.at(-1);
  return insert(text, before?.end ?? 0, `${group.length > 0 ? '' : '\n'}\n${statement}\n`);
}

/** The order of names that lint asks for. */
const { compare } = new Intl.Collator('en', { caseFirst: 'upper', numeric: true });
const byName = (one: string, other: string) => compare(one.replace(/^type /, ''), other.replace(/^type /, ''));

/** Adds an element to the end of the array that a variable is initialised with. */
export function addElement(text: string, variable: string, element: string): string {
  const array = literalOf(text, variable, ts.isArrayLiteralExpression);
  return append(text, array.elements, { within: array, item: element });
}

/** Adds a property to the end of every object that is the value of a property of that name. */
export function addProperty(text: string, owner: string, property: string): string {
  const objects = find(
    text,
    (node): node is ts.PropertyAssignment & { initializer: ts.ObjectLiteralExpression } =>
      ts.isPropertyAssignment(node) && node.name.getText() === owner && ts.isObjectLiteralExpression(node.initializer),
  );
  if (objects.length === 0) throw new Error(`no "${owner}: {"`);
  return objects.reduceRight(
    (edited, { initializer }) => append(edited, initializer.properties, { within: initializer, item: property }),
    text,
  );
}

/** Adds a case before the default of the switch in a method; undefined where there is no such switch. */
export function withCase(text: string, method: string, code: string): string | undefined {
  const [found] = find(
    text,
    (node): node is ts.MethodDeclaration => ts.isMethodDeclaration(node) && node.name.getText() === method,
  );
  const clause = found && descendants(found).find(ts.isDefaultClause);
  return clause && insert(text, clause.getStart(), `${code}\n`);
}

/** Whether a property of that name holds an object. */
export function hasProperty(text: string, owner: string): boolean {
  return find(text, ts.isPropertyAssignment).some(
    ({ name, initializer }) => name.getText() === owner && ts.isObjectLiteralExpression(initializer),
  );
}

function parse(text: string): ts.SourceFile {
  return ts.createSourceFile('edited.ts', text, ts.ScriptTarget.Latest, true);
}

/** Imports and exports of names from other modules. */
function modulesOf(text: string) {
  return parse(text).statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const { moduleSpecifier, kind } = statement;
    const named = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : statement.exportClause;
    if (!moduleSpecifier || !ts.isStringLiteral(moduleSpecifier) || !named || !('elements' in named)) return [];
    const names = named.elements.map((element) => element.getText());
    const position = { start: statement.getStart(), end: statement.getEnd() };
    const { pos: namesStart, end: namesEnd } = named.elements;
    return [{ kind, specifier: moduleSpecifier.text, names, ...position, namesStart, namesEnd }];
  });
}

function literalOf<T extends ts.Expression>(text: string, variable: string, is: (node: ts.Node) => node is T): T {
  const [declaration] = find(
    text,
    (node): node is ts.VariableDeclaration => ts.isVariableDeclaration(node) && node.name.getText() === variable,
  );
  const [literal] = declaration ? descendants(declaration).filter(is) : [];
  if (!literal) throw new Error(`no literal "${variable}"`);
  return literal;
}

function append(
  text: string,
  items: ts.NodeArray<ts.Node>,
  { within, item }: { within: ts.Node; item: string },
): string {
  const last = items.at(-1);
  if (!last) return insert(text, within.getStart() + 1, item);
  const comma = items.hasTrailingComma ? '' : ',';
  return insert(
    text,
    items.hasTrailingComma ? items.end : last.getEnd(),
    `${comma}\n${item}${items.hasTrailingComma ? ',' : ''}`,
  );
}

function find<T extends ts.Node>(text: string, is: (node: ts.Node) => node is T): T[] {
  return descendants(parse(text)).filter(is);
}

function descendants(node: ts.Node): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (inner: ts.Node) => {
    found.push(inner);
    ts.forEachChild(inner, visit);
  };
  ts.forEachChild(node, visit);
  return found;
}

function insert(text: string, position: number, addition: string): string {
  return `${text.slice(0, position)}${addition}${text.slice(position)}`;
}
