export { type HiringFilter, listHirings } from './hiring-lists.ts';
