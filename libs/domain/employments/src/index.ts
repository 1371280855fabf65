export { type Employment, employment, type EmploymentRejection, type EmploymentStatus } from './employment.ts';
