/** Which moment is asked for: now (perhaps no older than a version), at a version, or at a time. */
import { parameterProblem } from '@millrace/http';
import { type Static, Type } from 'typebox';

import { instantParameter, strict, version } from '../parameters.ts';

export const momentSchema = Type.Object(
  {
    minVersion: Type.Optional(version),
    wait: Type.Optional(Type.String({ pattern: '^\\d{1,6}(ms|s)$' })),
    version: Type.Optional(version),
    at: Type.Optional(Type.String()),
  },
  strict,
);

/** The parameters as they are sent. */
export type MomentAsked = Static<typeof momentSchema>;

/** What they mean: one of the three. */
export type Moment =
  | { readonly when: 'now'; readonly minVersion: number | undefined; readonly waitMs: number }
  | { readonly when: 'atVersion'; readonly version: number }
  | { readonly when: 'atTime'; readonly at: string };

const DEFAULT_WAIT = '2s';

/** @throws HttpProblem 400 */
export function momentOf(asked: MomentAsked, maxWaitMs: number): Moment {
  const { minVersion, wait = DEFAULT_WAIT, version, at } = asked;
  refuseContradictions(asked);
  if (version !== undefined) return { when: 'atVersion', version };
  if (at !== undefined) return { when: 'atTime', at: instantParameter('at', at) };
  return { when: 'now', minVersion, waitMs: Math.min(parseDuration(wait), maxWaitMs) };
}

function refuseContradictions({ minVersion, wait, version, at }: MomentAsked): void {
  if (version !== undefined && at !== undefined) throw parameterProblem('at', 'and version exclude each other');
  if (minVersion !== undefined && (version ?? at) !== undefined) {
    throw parameterProblem('minVersion', 'is about the present; version and at are about the past');
  }
  if (wait !== undefined && minVersion === undefined) throw parameterProblem('wait', 'needs minVersion');
}

/** `2s` or `500ms`; the schema lets nothing else through. */
function parseDuration(text: string): number {
  const value = Number.parseInt(text, 10);
  return text.endsWith('ms') ? value : value * 1_000;
}
