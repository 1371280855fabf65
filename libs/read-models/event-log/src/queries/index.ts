export { activityAge, activityOf, type ActivityReport, type ActivityRow } from './activity.ts';
export { type EventSearch, type ListedEvent, searchEvents } from './search-events.ts';
