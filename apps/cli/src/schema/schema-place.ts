import { statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';

import { MillraceError } from '@millrace/core';

const checkout = join(import.meta.dirname, '../../../..');

/** A schemas folder and the part of it that is meant, with slashes; empty for all of it. */
export type SchemaPlace = { readonly root: string; readonly within: string };

/**
 * The schemas folder that a path is in, or is.
 * @throws MillraceError `CONFIG_INVALID` when there is no such folder
 */
export function schemaPlace(path = join(checkout, 'schemas')): SchemaPlace {
  const target = resolve(path);
  const segments = target.split(sep);
  const at = segments.lastIndexOf('schemas');
  const root = at === -1 ? target : segments.slice(0, at + 1).join(sep);
  if (!statSync(target, { throwIfNoEntry: false }) || !statSync(root).isDirectory()) {
    throw new MillraceError('CONFIG_INVALID', `${path} is not a schemas folder, nor in one`);
  }
  return { root, within: relative(root, target).replaceAll(sep, '/') };
}
