export {
  insertOutboxRows,
  type OutboxInsert,
  outboxInsertFrom,
  outboxInsertSql,
  outboxParameters,
} from './insert-outbox-rows.ts';
export { loadSchemaIds } from './load-schema-ids.ts';
export { type AnnouncedEvent, dataSchemaOf, type OutboxRow, outboxRow, type Publication } from './outbox-row.ts';
export { makePartitions, type PurgeOptions, purgeOutbox, type PurgeOutcome } from './purge-outbox.ts';
