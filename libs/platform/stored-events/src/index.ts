export { readStreams, type StreamSelection } from './read-streams.ts';
export { recordedEvent, STORED_EVENT_COLUMNS, type StoredEventRow } from './stored-event.ts';
