export { hiringEvents, hiringPublicEvents, HIRINGS_PUBLIC_TOPIC, HIRINGS_TOPIC } from './catalogue.ts';
export type { CancelHiring, CompleteHiring, FailHiring, HiringCommand, HiringId, StartHiring } from './commands.ts';
export type { HiringEvent, HiringPublicEvent } from './events.generated.ts';
export { hiringRoutes } from './routes.ts';
