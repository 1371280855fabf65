export { type User, user, type UserRejection } from './user.ts';
