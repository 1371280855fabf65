import { join } from 'node:path';

import type { Home } from '../home.ts';
import { answersOk, type Component } from './component.ts';
import { jvmFlags, type JvmPlatform } from './jvm.ts';

const heapMb = 256;
const compatibility = 'FULL_TRANSITIVE';

/** Where the registry listens, and the database that it keeps schemas in. */
export type RegistryAddresses = { readonly port: number; readonly databasePort: number; readonly password: string };

/** Apicurio with its schemas in Postgres. Ready means: it answers, and refuses incompatible schemas. */
export function registryComponent(
  home: Home,
  { port, databasePort, password }: RegistryAddresses,
  platform: JvmPlatform,
): Component {
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  const jar = join(platform.jars.registry, 'apicurio-registry-app-3.0.9-runner.jar');
  return {
    name: 'registry',
    kind: 'infrastructure',
    url,
    dependsOn: ['postgres'],
    command: {
      file: platform.java.executable,
      // It serves a request now and then: the quick compiler alone halves the work of its start.
      args: [...jvmFlags(heapMb), '-XX:TieredStopAtLevel=1', '-jar', jar],
      env: {
        ...platform.environment,
        QUARKUS_HTTP_HOST: '127.0.0.1',
        QUARKUS_HTTP_PORT: String(port),
        APICURIO_STORAGE_KIND: 'sql',
        APICURIO_STORAGE_SQL_KIND: 'postgresql',
        APICURIO_DATASOURCE_URL: `jdbc:postgresql://127.0.0.1:${databasePort}/registry`,
        APICURIO_DATASOURCE_USERNAME: 'registry',
        APICURIO_DATASOURCE_PASSWORD: password,
      },
      cwd: home.root,
    },
    prepare: async () => undefined,
    // A fresh registry accepts every change of a schema, so the rule is part of being ready.
    isReady: async () =>
      (await answersOk(`http://127.0.0.1:${port}/health/ready`)) && (await requireCompatibility(url)),
    startTimeoutMs: 120_000,
    stopTimeoutMs: 2_000,
    stopSignal: 'SIGTERM',
  };
}

async function requireCompatibility(url: string): Promise<boolean> {
  if ((await compatibilityOf(url)) === compatibility) return true;
  await fetch(`${url}/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ compatibility }),
    signal: AbortSignal.timeout(2_000),
  });
  return (await compatibilityOf(url)) === compatibility;
}

async function compatibilityOf(url: string): Promise<string | undefined> {
  const response = await fetch(`${url}/config`, { signal: AbortSignal.timeout(2_000) });
  const { compatibilityLevel } = (await response.json()) as { compatibilityLevel?: string };
  return compatibilityLevel;
}
