export { userProjector, type UserReadModelRow } from './user-projector.ts';
