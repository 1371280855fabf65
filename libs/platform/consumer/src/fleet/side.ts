/**
 * A read model has up to three tables of the same name, each with a group of its own that keeps positions, versions and
 * parked events:
 *
 *     live       read_model.x            group x             what is read
 *     next       read_model_next.x       group x.rebuild     what a rebuild makes, and what runs beside the live one
 *     previous   read_model_previous.x   group x.previous    what was live before the last switch; it stands still
 */
import type { Projection } from '@millrace/core';

import type { ReadModelSchema } from '../read-model-table.ts';

/** One of the tables of a read model. */
export type Side = 'live' | 'next' | 'previous';

const schemas: Readonly<Record<Side, ReadModelSchema>> = {
  live: 'read_model',
  next: 'read_model_next',
  previous: 'read_model_previous',
};
const suffixes: Readonly<Record<Side, string>> = { live: '', next: '.rebuild', previous: '.previous' };

/** Schema of a side's table. */
export function schemaOf(side: Side): ReadModelSchema {
  return schemas[side];
}

/** Group that keeps the progress of a side. */
export function groupOf({ name }: Pick<Projection, 'name'>, side: Side): string {
  return `${name}${suffixes[side]}`;
}

/** Version of the definition that this process has. */
export function versionOf({ version = 1 }: Pick<Projection, 'version'>): number {
  return version;
}
