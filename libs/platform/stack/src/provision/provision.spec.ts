import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';

import { afterEach, expect, it } from '@jest/globals';

import { useTestHome } from '../test-home.fixture.ts';
import { readPinnedFiles, verifyFiles } from './checksums.ts';
import { download } from './download.ts';
import { provisionJars } from './provision.ts';
import { repositoryUrl } from './repository-url.ts';

const place = useTestHome();
const neverAborted = new AbortController().signal;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

/** A Maven repository that holds one file; the way to it. */
async function repository(path: string, content: string): Promise<string> {
  server = createServer((request, response) =>
    request.url === `/maven/${path}` ? response.end(content) : response.writeHead(404).end(),
  );
  return new Promise((resolve) => {
    server?.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server?.address() as { port: number }).port}/maven`),
    );
  });
}

const inHome = (files: { repositoryPath: string; sha256: string }[], url: string) => ({
  files,
  repositoryUrl: url,
  directory: join(place.home.root, 'lib'),
  onProgress: () => undefined,
  signal: neverAborted,
});

it('fetches files from a repository into one folder', async () => {
  const files = [{ repositoryPath: 'a/b/1/b-1.jar', sha256: sha256('content') }];
  const request = inHome(files, await repository('a/b/1/b-1.jar', 'content'));
  await download(request);
  expect(readFileSync(join(request.directory, 'b-1.jar'), 'utf8')).toBe('content');
  await expect(verifyFiles(request.directory, files)).resolves.toBeUndefined();
});

it('names the file that a repository does not have', async () => {
  const request = inHome(
    [{ repositoryPath: 'a/b/2/b-2.jar', sha256: '' }],
    await repository('a/b/1/b-1.jar', 'content'),
  );
  await expect(download(request)).rejects.toThrow(
    'a/b/2/b-2.jar could not be fetched from the Maven repository: HTTP 404',
  );
});

it.each(['other content', undefined])('refuses a file whose content is not what was pinned: %s', async (content) => {
  if (content !== undefined) writeFileSync(join(place.home.root, 'b-1.jar'), content);
  const pinned = [{ repositoryPath: 'a/b/1/b-1.jar', sha256: sha256('content') }];
  await expect(verifyFiles(place.home.root, pinned)).rejects.toThrow('b-1.jar is not the file that was pinned');
});

it('leaves nothing that looks complete when provisioning fails half-way, and clears up after one that was killed', async () => {
  const cache = join(place.home.root, 'millrace');
  mkdirSync(join(cache, 'unfinished-999999999-abc'), { recursive: true });
  const environment = {
    XDG_CACHE_HOME: place.home.root,
    PATH: '',
    MAVEN_REPOSITORY_URL: await repository('nothing', ''),
  };
  await expect(provisionJars({ environment, onProgress: () => undefined, signal: neverAborted })).rejects.toThrow(
    'could not be fetched',
  );
  expect(existsSync(cache)).toBe(true);
  expect(readdirSync(cache)).toEqual([]);
});

it('pins every file by checksum', async () => {
  const files = await readPinnedFiles(join(import.meta.dirname, '..', '..', 'jars', 'checksums.sha256'));
  expect(files.filter(({ sha256: hash, repositoryPath }) => !/^[0-9a-f]{64}$/.test(hash) || !repositoryPath)).toEqual(
    [],
  );
  expect(files.map(({ repositoryPath }) => repositoryPath)).toContain(
    'org/apache/kafka/kafka_2.13/4.3.1/kafka_2.13-4.3.1.jar',
  );
});

it('fetches from the public repository unless told another one', async () => {
  expect(await repositoryUrl({})).toMatch(/^https:\/\/[^/]+\/.*[^/]$/);
  expect(await repositoryUrl({ MAVEN_REPOSITORY_URL: 'scheme://host/maven/' })).toBe('scheme://host/maven');
});
