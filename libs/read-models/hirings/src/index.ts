export { type HiringStatus, hiringView, type HiringViewRow } from './hiring-view.ts';
