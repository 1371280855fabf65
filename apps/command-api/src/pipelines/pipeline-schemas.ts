/** Shape of pipeline commands over HTTP. Rules (no steps, not the next one) are the pipeline's: those are refused with 422. */
import { Type } from 'typebox';

import { body, id, text } from '../body-schemas.ts';
import { plan } from '../jobs/job-schemas.ts';

const MOST_STEPS = 1_000;

const step = Type.Integer({ minimum: 1, maximum: MOST_STEPS });

export const createPipelineBody = body({ name: text(200), steps: Type.Array(body(plan), { maxItems: MOST_STEPS }) });
export const startStepBody = body({ step, jobId: id });
export const completeStepBody = body({ step });
export const failStepBody = body({ step, reason: text(1_000) });
