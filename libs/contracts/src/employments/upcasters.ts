import type { Upcaster } from '@millrace/core';

/** Steps between stored versions, by event type and by the version they start from. */
export const employmentUpcasters: Readonly<Record<string, Readonly<Record<number, Upcaster>>>> = {};
