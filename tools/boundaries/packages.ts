import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A package of the workspace, as its package.json has it. */
export type WorkspacePackage = { readonly name: string; readonly root: string; readonly tags: readonly string[] };

/** Every app and library, by folder; `root` is relative to the repository. */
export function workspacePackages(repository = '.'): readonly WorkspacePackage[] {
  return globSync(['apps/*/package.json', 'libs/**/package.json'], { cwd: repository, exclude: ['**/node_modules/**'] })
    .sort()
    .map((file) => {
      const { name, nx } = JSON.parse(readFileSync(join(repository, file), 'utf8')) as {
        name: string;
        nx: { tags: string[] };
      };
      return { name, root: dirname(file), tags: nx.tags };
    });
}
