import { consumerGroups } from '@millrace/contracts/topology';
import type { CheckedGroup } from '@millrace/verification';

import { projections } from './projections.ts';

/** Every group that follows the topics, with its projection where it keeps a table. */
export const checkedGroups: readonly CheckedGroup[] = consumerGroups.map(({ group, topics }) => {
  const projection = projections.find(({ name }) => name === group);
  return projection ? { group, topics, projection } : { group, topics };
});
