export { employmentEvents, EMPLOYMENTS_TOPIC } from './catalogue.ts';
export type { CreateEmployment, EmploymentCommand, EmploymentId, EndEmployment } from './commands.ts';
export type { EmploymentEvent } from './events.generated.ts';
export { employmentRoutes } from './routes.ts';
