import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** Where the Python consumer reads; `brokers` and `registryUrl` are all that it knows. */
export type PythonConsumption = {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly topic: string;
};

/** A record as the Python consumer printed it, decoded with the schema that the registry has for `schemaId`. */
export type PythonRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly schemaId: number;
  readonly value: unknown;
};

const folder = join(import.meta.dirname, '../python');
const run = promisify(execFile);

/**
 * Every committed record of a topic, from its beginning to its present end, as a client in another language sees it.
 * @throws Error with the consumer's output when it meets a record that it cannot decode
 */
export async function consumeWithPython({ brokers, registryUrl, topic }: PythonConsumption): Promise<PythonRecord[]> {
  const python = await pythonWithPackages();
  const consumer = spawn(python, [join(folder, 'consume.py'), brokers.join(','), registryUrl, topic], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  consumer.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const ended = new Promise<number | null>((resolve, reject) => consumer.on('error', reject).on('close', resolve));
  const records: PythonRecord[] = [];
  for await (const line of createInterface({ input: consumer.stdout })) records.push(JSON.parse(line) as PythonRecord);
  const exitCode = await ended;
  if (exitCode !== 0) throw new Error(`the Python consumer of ${topic} ended with ${exitCode}:\n${complaints}`);
  return records;
}

/** Interpreter of a virtual environment with the pinned packages; made once per change of the pins. */
async function pythonWithPackages(): Promise<string> {
  const pins = await readFile(join(folder, 'requirements.txt'));
  const { stdout: version } = await run('python3', ['--version']);
  const fingerprint = createHash('sha256').update(pins).update(version).digest('hex').slice(0, 16);
  const environment = join(homedir(), '.cache', 'millrace', `python-${fingerprint}`);
  const python = join(environment, 'bin', 'python');
  const complete = join(environment, 'complete');
  if (existsSync(complete)) return python;

  await rm(environment, { recursive: true, force: true });
  await mkdir(environment, { recursive: true });
  await run('python3', ['-m', 'venv', environment]);
  await run(python, [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--only-binary',
    ':all:',
    '-r',
    join(folder, 'requirements.txt'),
  ]);
  await writeFile(complete, '');
  return python;
}
