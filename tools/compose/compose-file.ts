import { readFileSync } from 'node:fs';

import { parse } from 'yaml';

/** A service of the compose file, as far as it is checked. */
export type Service = {
  readonly image: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly restart?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly configs?: readonly { readonly source: string }[];
};

/** The compose file with its anchors and merges resolved. */
export type ComposeFile = {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};

export const composeText = readFileSync('docker-compose.yml', 'utf8');
export const composeFile = parse(composeText, { merge: true, maxAliasCount: -1 }) as ComposeFile;

/** A service by name. Throws where there is none. */
export function serviceNamed(name: string): Service {
  const service = composeFile.services[name];
  if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}
