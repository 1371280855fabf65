/** Shape of job commands over HTTP. Rules are the job's: those are refused with 422. */
import { Type } from 'typebox';

import { body, text } from '../body-schemas.ts';

const LABEL = '^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$';

const metadata = Type.Record(Type.String({ pattern: LABEL }), text(500), {
  maxProperties: 50,
  additionalProperties: false,
});

/** What runs where, also as a step of a pipeline. */
export const plan = { name: text(200), command: text(4_000), image: text(500) };

export const createJobBody = body({ ...plan, metadata: Type.Optional({ ...metadata, default: {} }) });
export const updateMetadataBody = body({ metadata });
