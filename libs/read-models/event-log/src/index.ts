export { eventLog, type EventLogRow } from './event-log.ts';
