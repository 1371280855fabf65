import type { AuditedTopic } from '@millrace/audit';
import { internalCatalogues, outboxTopics } from '@millrace/contracts/topology';

/** Every topic of the outbox; those of internal events with what the store has for them. */
export const auditedTopics: readonly AuditedTopic[] = outboxTopics.map((topic) => {
  const carried = internalCatalogues.flatMap(({ definitions }) => definitions.filter((one) => one.topic === topic));
  const aggregateTypes = [...new Set(carried.map(({ aggregateType }) => aggregateType))];
  return aggregateTypes.length > 0 ? { topic, aggregateTypes } : { topic };
});
