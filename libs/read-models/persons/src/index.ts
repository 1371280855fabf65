export type { CurrentEmployment } from './employments.ts';
export { personView, type PersonViewRow } from './person-view.ts';
