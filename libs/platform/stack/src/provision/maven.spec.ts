import { expect, it } from '@jest/globals';

import { DownloadProgress } from './maven.ts';

it('adds up the downloads in what Maven prints, and nothing else', () => {
  const progress = new DownloadProgress();
  const lines = [
    '[INFO] Downloading from mirror: scheme://host/a.jar',
    '[INFO] Downloaded from mirror: scheme://host/a.jar (10 MB at 5.1 MB/s)',
    '[INFO] Downloaded from mirror: scheme://host/b.jar (1.5 MB at 735 kB/s)',
    '[INFO] BUILD SUCCESS',
  ];
  expect(lines.map((line) => progress.count(line))).toEqual([false, true, true, false]);
  expect(progress.toString()).toBe('2 files, 12 MB');
});
