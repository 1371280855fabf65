import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach } from '@jest/globals';

import { createHome, type Home, homeAt } from './home.ts';

/** A new home in the temporary folder. */
export function makeTestHome(): Home {
  const home = homeAt(mkdtempSync(join(tmpdir(), 'millrace-stack-')));
  createHome(home);
  return home;
}

/** Removes a home with all its data. */
export function removeTestHome(home: Home): void {
  rmSync(home.root, { recursive: true, force: true });
}

/** A home of its own for each test of a file, removed afterwards. */
export function useTestHome(): { readonly home: Home } {
  const place = { home: homeAt('.') };
  beforeEach(() => {
    place.home = makeTestHome();
  });
  afterEach(() => removeTestHome(place.home));
  return place;
}
