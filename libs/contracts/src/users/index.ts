export { userEvents, USERS_TOPIC } from './catalogue.ts';
export type {
  ChangeUserEmail,
  ChangeUserName,
  CreateUser,
  DeactivateUser,
  ImportUser,
  UserCommand,
} from './commands.ts';
export type { UserEvent } from './events.generated.ts';
export { userRoutes } from './routes.ts';
