export { eventLog, type EventLogRow, loggedEvents } from './event-log.ts';
