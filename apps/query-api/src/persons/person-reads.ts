import { personEvents, personRoutes } from '@millrace/contracts/persons';
import { personView } from '@millrace/persons-read-models';
import { listPersons } from '@millrace/persons-read-models/queries';
import { Type } from 'typebox';

import { entity } from '../entity/entity-api.ts';
import { list } from '../list/list-api.ts';
import { id } from '../parameters.ts';
import { organizationOf, personAnswer, personListItem } from './person-view.ts';

/** What a person looks like, and the person's history. */
export const personEntity = entity({
  resource: personRoutes,
  catalogue: personEvents,
  current: { projection: personView, view: personAnswer, lookUp: organizationOf },
});

/** Who has this email address, and who works for this organization? */
export const personList = list({
  name: 'ListPersons',
  path: '/persons',
  plural: 'persons',
  parameters: {
    email: Type.Optional(Type.String({ minLength: 1, maxLength: 254, pattern: '^[^\\p{Cc}\\p{Cs}]*$' })),
    organizationId: Type.Optional(id),
  },
  projection: personView,
  filter: ({ email, organizationId }) => ({ email, organizationId }),
  read: listPersons,
  view: personListItem,
});
