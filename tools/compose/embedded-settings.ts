import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { connectComponent } from '../../libs/platform/stack/src/components/connect.ts';
import type { JvmPlatform } from '../../libs/platform/stack/src/components/jvm.ts';
import { kafkaComponents } from '../../libs/platform/stack/src/components/kafka.ts';
import { postgresComponent } from '../../libs/platform/stack/src/components/postgres.ts';
import { type Home, homeAt } from '../../libs/platform/stack/src/home.ts';
import { singleShape } from '../../libs/platform/stack/src/stack-shape.ts';

/** Settings of a server by name, as text. */
export type Settings = Readonly<Record<string, string>>;

/** What `npm start` sets in each server. */
export type EmbeddedSettings = { readonly postgres: Settings; readonly kafka: Settings; readonly connect: Settings };

const jvm: JvmPlatform = {
  java: { executable: 'java', version: 17 },
  jars: { lib: 'lib', plugins: 'plugins', registry: 'registry', logging: 'log4j2.xml' },
  environment: {},
};
const secrets = { owner: '', registry: '', command: '', projector: '', query: '', cdc: '', backup: '' };

/** Lets the components of the embedded stack prepare a scratch folder, and reads what they have written. Starts nothing. */
export async function embeddedSettings(): Promise<EmbeddedSettings> {
  const home = homeAt(await mkdtemp(join(tmpdir(), 'millrace-settings-')));
  try {
    return {
      postgres: await postgresSettings(home),
      kafka: await kafkaSettings(home),
      connect: await connectSettings(home),
    };
  } finally {
    await rm(home.root, { recursive: true });
  }
}

async function postgresSettings(home: Home): Promise<Settings> {
  // Any program that exists: its permissions are looked at, nothing is run.
  const binaries = { postgres: process.execPath, initdb: process.execPath };
  const { maxConnections } = singleShape;
  const postgres = postgresComponent(home, { port: 5432, secrets, binaries, maxConnections, environment: {} });
  // A folder that looks initialised, so that no server is needed.
  const file = join(home.postgres, 'data', 'postgresql.conf');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, '');
  await postgres.prepare(AbortSignal.timeout(10_000));
  return { ...parseServerArguments(postgres.command.args), ...parseServerFile(await readFile(file, 'utf8')) };
}

async function kafkaSettings(home: Home): Promise<Settings> {
  // A folder that looks formatted, so that no Java is needed.
  await mkdir(join(home.kafka, 'data'), { recursive: true });
  await writeFile(join(home.kafka, 'data', 'meta.properties'), '');
  const [kafka] = kafkaComponents(home, [{ name: 'kafka', broker: 9092, controller: 9093 }], jvm);
  await kafka?.prepare(AbortSignal.timeout(10_000));
  return parseProperties(await readFile(join(home.kafka, 'server.properties'), 'utf8'));
}

async function connectSettings(home: Home): Promise<Settings> {
  const worker = { name: 'connect', port: 8083, brokers: ['kafka'], bootstrapServers: '127.0.0.1:9092' };
  await connectComponent(home, worker, jvm).prepare(AbortSignal.timeout(10_000));
  return parseProperties(await readFile(join(home.root, 'connect.properties'), 'utf8'));
}

/** Reads `name=value` lines. */
export function parseProperties(text: string): Settings {
  return fromPairs(text.split('\n'));
}

/** Reads `-c name=value` and `-cname=value`, as Postgres takes them. */
export function parseServerArguments(args: readonly string[]): Settings {
  return fromPairs(args.map((arg) => arg.replace(/^-c/, '')).filter((arg) => /^\w+=/.test(arg)));
}

/** Reads `name = 'value'` lines, as Postgres has them in its file. */
function parseServerFile(text: string): Settings {
  return parseProperties(text.replaceAll(/ = '(.*)'$/gm, '=$1'));
}

function fromPairs(lines: readonly string[]): Settings {
  const pairs = lines.filter((line) => line.includes('='));
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}
