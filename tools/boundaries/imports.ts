import { globSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';

import ts from 'typescript';

import type { WorkspacePackage } from './packages.ts';

const options: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  allowImportingTsExtensions: true,
  noEmit: true,
};

/**
 * What one source file imports, types included: files of the workspace as paths from the repository, anything else as
 * it is written.
 */
export function importsOf(file: string): readonly string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
  return importedFiles.map(({ fileName: specifier }) => {
    const { resolvedModule } = ts.resolveModuleName(
      specifier,
      resolve(file),
      options,
      ts.sys,
      undefined,
      undefined,
      ts.ModuleKind.ESNext,
    );
    const path = resolvedModule && relative('.', resolvedModule.resolvedFileName);
    return path === undefined || path.includes('node_modules') ? specifier : path;
  });
}

/** Every file and package that is loaded with these files. */
export function reachableFrom(files: readonly string[]): ReadonlySet<string> {
  const reached = new Set(files);
  for (const file of reached) {
    if (file.endsWith('.ts')) for (const imported of importsOf(file)) reached.add(imported);
  }
  return reached;
}

/** The packages that each package's sources import, specs and harness left aside. */
export function sourceDependencies(packages: readonly WorkspacePackage[]): ReadonlyMap<string, ReadonlySet<string>> {
  const ownerOf = (file: string) => packages.find(({ root }) => file.startsWith(`${root}/`))?.name;
  return new Map(
    packages.map(({ name, root }) => {
      const sources = globSync(`${root}/src/**/*.ts`).filter((file) => !file.endsWith('.spec.ts'));
      const owners = sources.flatMap(importsOf).map(ownerOf);
      return [name, new Set(owners.filter((owner) => owner !== undefined && owner !== name) as string[])];
    }),
  );
}

/** The first circle found, as the names on it; undefined where there is none. */
export function findCycle(graph: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | undefined {
  const finished = new Set<string>();
  const visit = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (finished.has(name)) return undefined;
    for (const next of graph.get(name) ?? []) {
      const cycle = visit(next, [...path, name]);
      if (cycle !== undefined) return cycle;
    }
    finished.add(name);
    return undefined;
  };
  for (const name of graph.keys()) {
    const cycle = visit(name, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
