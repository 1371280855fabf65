import type { NewFile } from '../plan.ts';

type PackageOptions = {
  readonly folder: string;
  readonly name: string;
  readonly layer: 'domain' | 'read-model' | 'app';
  readonly side: 'read' | 'write';
  readonly scope: string;
  /** Entry points besides none: an app has none. */
  readonly exports?: Readonly<Record<string, string>>;
};

/** The package.json of a workspace package; its tags say to lint what it may import. */
export function packageJson({ folder, name, layer, side, scope, exports }: PackageOptions): NewFile {
  const description = {
    name: `@millrace/${name}`,
    version: '0.1.0',
    private: true,
    license: 'MIT',
    type: 'module',
    ...(exports && { exports }),
    nx: { tags: [`layer:${layer}`, `side:${side}`, `scope:${scope}`] },
  };
  return { path: `${folder}/package.json`, text: JSON.stringify(description, undefined, 2) };
}
