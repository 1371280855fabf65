/** A copy of this repository in a temporary folder, for specs that change it. */
import { spawn } from 'node:child_process';
import {
  cpSync,
  type Dirent,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';

import { workspacePackages } from '../boundaries/packages.ts';

/** What is installed, stored or made by a run: not part of the copy. */
const leftOut = ['.git', '.millrace', '.nx', 'coverage', 'node_modules', 'tmp'];

export type Ended = { readonly exitCode: number | null; readonly output: string };

export class ScratchRepository {
  readonly #folder = mkdtempSync(join(tmpdir(), 'millrace-new-'));
  readonly #copied: ReadonlyMap<string, string>;

  constructor() {
    for (const name of readdirSync('.').filter((entry) => !leftOut.includes(entry))) {
      cpSync(name, join(this.#folder, name), {
        recursive: true,
        filter: (path) => !leftOut.includes(basename(path)),
      });
    }
    mkdirSync(join(this.#folder, 'node_modules'));
    for (const name of readdirSync('node_modules').filter((entry) => entry !== '@millrace' && entry !== '.cache')) {
      symlinkSync(join(process.cwd(), 'node_modules', name), join(this.#folder, 'node_modules', name));
    }
    // What a package needs in a version of its own is installed below it.
    for (const own of globSync('{apps,libs}/**/node_modules', { exclude: (path) => path.includes('node_modules/') }))
      symlinkSync(join(process.cwd(), own), join(this.#folder, own));
    this.#copied = this.#contents();
  }

  /** Links the packages of the workspace as `npm install` does. */
  link(): void {
    const scope = join(this.#folder, 'node_modules', '@millrace');
    rmSync(scope, { recursive: true, force: true });
    mkdirSync(scope);
    for (const { name, root } of workspacePackages(this.#folder)) {
      symlinkSync(join(this.#folder, root), join(scope, basename(name)));
    }
  }

  /** Runs Node in the copy. */
  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const child = spawn(process.execPath, args, {
      cwd: this.#folder,
      env: { ...process.env, NX_DAEMON: 'false', ...env },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode) => resolve({ exitCode, output }));
    });
  }

  /** Runs Node in the copy and gives its output. @throws Error with that output where it fails */
  async succeed(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { exitCode, output } = await this.run(args, env);
    if (exitCode !== 0) throw new Error(`${args.join(' ')}\n${output}`);
    return output;
  }

  /** Files that are new or changed since the copy was made, and named like this. */
  touched(name: RegExp): readonly string[] {
    const now = this.#contents();
    return [...now.keys()].filter((file) => name.test(file) && now.get(file) !== this.#copied.get(file)).sort();
  }

  #contents(): ReadonlyMap<string, string> {
    const exclude = (entry: Dirent) => leftOut.includes(entry.name);
    const files = globSync('**', { cwd: this.#folder, withFileTypes: true, exclude }).filter((entry) => entry.isFile());
    return new Map(
      files
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => [relative(this.#folder, path), readFileSync(path, 'latin1')]),
    );
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
