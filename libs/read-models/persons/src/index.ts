export type { CurrentEmployment } from './employments.ts';
export { personView, personViewEvents, type PersonViewRow } from './person-view.ts';
