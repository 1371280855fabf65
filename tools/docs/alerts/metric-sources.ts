/** The metrics that the sources declare. */
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

import ts from 'typescript';

import { declaredAs, stringsIn } from '../source-strings.ts';

/** A metric as its declaration says. */
export type DeclaredMetric = { readonly name: string; readonly help: string; readonly labels: readonly string[] };

/** Every `millrace_` metric of apps and libraries, by name; run from the repository's root. */
export function declaredMetrics(): ReadonlyMap<string, DeclaredMetric> {
  const files = globSync(['apps/*/src/**/*.ts', 'libs/**/src/**/*.ts'], {
    exclude: ['**/node_modules/**', '**/*.spec.ts', '**/*.fixture.ts', '**/variables.ts'],
  });
  const declared = files.sort().flatMap((file) => metricsIn(file, readFileSync(file, 'utf8')));
  return new Map(declared.map((metric) => [metric.name, metric]));
}

/**
 * Metrics in a source text: object literals with a `name` that begins with `millrace_` and a `help`. Where such an object
 * has no labels of its own, those are meant that the file gives with `name` and `help` of a table (`gauge({ name, help, labels })`).
 */
export function metricsIn(file: string, text: string): readonly DeclaredMetric[] {
  if (!text.includes('millrace_')) return [];
  const source = ts.createSourceFile(basename(file), text, ts.ScriptTarget.Latest, true);
  const objects: ts.ObjectLiteralExpression[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isObjectLiteralExpression(node)) objects.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  const shared = objects.filter((object) => shorthand(object, 'name')).flatMap((object) => labelsOf(object) ?? []);
  return objects.flatMap((object) => {
    const [name, help] = [textOf(object, 'name'), textOf(object, 'help')];
    if (!name?.startsWith('millrace_') || help === undefined) return [];
    return [{ name, help, labels: labelsOf(object) ?? shared }];
  });
}

function propertyOf(object: ts.ObjectLiteralExpression, name: string): ts.ObjectLiteralElementLike | undefined {
  return object.properties.find((property) => property.name?.getText() === name);
}

function shorthand(object: ts.ObjectLiteralExpression, name: string): boolean {
  const property = propertyOf(object, name);
  return property !== undefined && ts.isShorthandPropertyAssignment(property);
}

function textOf(object: ts.ObjectLiteralExpression, name: string): string | undefined {
  const property = propertyOf(object, name);
  if (!property || !ts.isPropertyAssignment(property)) return undefined;
  return ts.isStringLiteralLike(property.initializer) ? property.initializer.text : undefined;
}

/** Undefined where the object has no `labels`. */
function labelsOf(object: ts.ObjectLiteralExpression): readonly string[] | undefined {
  const property = propertyOf(object, 'labels');
  if (!property) return undefined;
  const value = ts.isPropertyAssignment(property) ? property.initializer : declaredAs('labels', object.getSourceFile());
  return value ? stringsIn(value) : undefined;
}
