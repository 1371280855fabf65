import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { fullNameOf, RegistryClient, type SchemaFile, schemaFolderOf } from '@millrace/avro';
import { catalogues } from '@millrace/contracts/topology';

/** Versions that must not change any more, to compare a schemas folder with. */
export type Baseline = {
  /** Where they come from, to go on after "compared with". */
  readonly name: string;
  /** What happened to them, to go on after "that was". */
  readonly fate: 'registered' | 'committed';
  /** Full name of an event → its schemas, version 1 first. */
  readonly versions: ReadonlyMap<string, readonly object[]>;
};

/**
 * What the registry holds for the topics of this checkout.
 * @throws MillraceError `REGISTRY_UNAVAILABLE`
 */
export async function registryBaseline(url: string): Promise<Baseline> {
  const registry = new RegistryClient(url);
  const topics = new Set(catalogues.flatMap(({ definitions }) => definitions.map(({ topic }) => topic)));
  const subjects = await registry.subjects();
  const events = [...topics].flatMap((topic) =>
    subjects
      .filter((subject) => subject.startsWith(`${topic}-`))
      .map((subject) => ({ subject, fullName: subject.slice(topic.length + 1) })),
  );
  const versions = await Promise.all(
    events.map(async ({ subject, fullName }) => [fullName, await registry.versions(subject)] as const),
  );
  const { host } = new URL(url);
  return { name: `the registry at ${host}`, fate: 'registered', versions: new Map(versions) };
}

/** What the last commit holds of the folder; nothing where there is no commit or no git. */
export async function gitBaseline(folder: string): Promise<Baseline> {
  try {
    const paths = (await git(folder, 'ls-tree', '-r', '--name-only', '-z', 'HEAD', '.')).split('\0').filter(isSchema);
    const texts = await Promise.all(paths.map((path) => git(folder, 'show', `HEAD:./${path}`)));
    const { files } = schemaFolderOf(new Map(paths.map((path, index) => [path, texts[index] ?? ''])));
    return { name: 'the last commit', fate: 'committed', versions: versionsOf(files) };
  } catch {
    return { name: 'each other only: no registry, no commit', fate: 'committed', versions: new Map() };
  }
}

const isSchema = (path: string) => path.endsWith('.avsc');

async function git(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', ['-C', folder, ...args]);
  return stdout;
}

function versionsOf(files: readonly SchemaFile[]): Map<string, object[]> {
  const byName = Map.groupBy(files, ({ schema }) => fullNameOf(schema));
  return new Map([...byName].map(([fullName, versions]) => [fullName, versions.map(({ schema }) => schema)]));
}
