export { CANARY_TYPE, canaryCatalogue } from './catalogue.ts';
export type { Canary } from './events.generated.ts';
