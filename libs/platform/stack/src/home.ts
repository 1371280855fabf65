import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

/** Where one embedded stack keeps everything: data, secrets, keys, logs and its state. */
export type Home = {
  readonly root: string;
  readonly postgres: string;
  readonly kafka: string;
  readonly logs: string;
  readonly backups: string;
  readonly keys: string;
  readonly secretsFile: string;
  readonly stateFile: string;
  readonly lockFile: string;
};

/** Paths below the folder `root`; nothing is created. */
export function homeAt(root: string): Home {
  const absolute = resolve(root);
  return {
    root: absolute,
    postgres: resolve(absolute, 'postgres'),
    kafka: resolve(absolute, 'kafka'),
    logs: resolve(absolute, 'logs'),
    backups: resolve(absolute, 'backups'),
    keys: resolve(absolute, 'keys'),
    secretsFile: resolve(absolute, 'secrets.json'),
    stateFile: resolve(absolute, 'state.json'),
    lockFile: resolve(absolute, 'supervisor.lock'),
  };
}

/** Creates the folders of a home. */
export function createHome(home: Home): void {
  for (const folder of [home.root, home.kafka, home.logs]) mkdirSync(folder, { recursive: true });
}
