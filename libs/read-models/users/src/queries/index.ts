export { listUsers } from './user-list.ts';
