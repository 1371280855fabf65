import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { DockerComposeEnvironment, Wait } from 'testcontainers';

import type { StartedServices } from './embedded-services.ts';

const root = path.resolve(import.meta.dirname, '../../..');

/** Whether a Docker engine answers within 5 s. */
export async function dockerAnswers(): Promise<boolean> {
  try {
    await promisify(execFile)('docker', ['info'], { timeout: 5_000 });
    return true;
  } catch {
    return false;
  }
}

/** Starts the infrastructure of `docker-compose.yml` as containers, on the ports that it publishes. */
export async function startContainerServices(): Promise<StartedServices> {
  const environment = await new DockerComposeEnvironment(root, 'docker-compose.yml')
    .withWaitStrategy('connect-1', Wait.forHealthCheck())
    .withWaitStrategy('registry-1', Wait.forHealthCheck())
    .up(['postgres', 'kafka', 'registry', 'connect']);
  return {
    services: {
      databaseUrl: 'postgres://millrace:millrace@127.0.0.1:5432/millrace',
      kafkaBrokers: ['127.0.0.1:9092'],
      schemaRegistryUrl: 'http://127.0.0.1:8081/apis/ccompat/v7',
      connectUrl: 'http://127.0.0.1:8083',
      connectDatabaseHost: 'postgres',
      connectDatabasePort: '5432',
    },
    stop: () => environment.down().then(() => undefined),
  };
}
