export { type Hiring, hiring, type HiringRejection, type HiringStatus } from './hiring.ts';
