import { contractCatalogue } from '../contract-catalogue.ts';
import { userSchemas } from './schemas.generated.ts';
import { userUpcasters } from './upcasters.ts';

/** Topic of the internal user events. */
export const USERS_TOPIC = 'users.events.v1';

/** The internal user events: what the store holds and `users.events.v1` carries. */
export const userEvents = contractCatalogue({
  aggregateType: 'user',
  topic: USERS_TOPIC,
  schemas: userSchemas,
  upcasters: userUpcasters,
  // The predecessor wrote dotted names; nothing writes them any more.
  aliases: {
    UserCreated: ['user.created'],
    UserUpdated: ['user.updated'],
    UserEmailChanged: ['user.email_changed'],
    UserNameChanged: ['user.name_changed'],
    UserDeactivated: ['user.deactivated'],
  },
});
