import type { DomainEvent, Projection, Row } from '@millrace/core';

import { jobReadModel } from './job-read-model.ts';

/**
 * Every projection of the jobs, for tools that treat them alike. They are given job events only, which the type cannot
 * say of a list.
 */
export const jobProjections = [jobReadModel] as unknown as readonly Projection<DomainEvent, Row>[];
