import { expect, it } from '@jest/globals';

import type { CreateEmployment, EmploymentId } from './employments/index.ts';
import type { OrganizationId } from './organizations/index.ts';
import type { PersonId } from './persons/index.ts';

const employmentId = 'e-1' as EmploymentId;
const personId = 'p-1' as PersonId;
const organizationId = 'org-1' as OrganizationId;
const employ = (data: CreateEmployment['data']) => data;

// Each `@ts-expect-error` fails the type check as soon as the line below it compiles.
it('CIM-4 an id of another kind, or plain text, does not compile where a person is named', () => {
  const right = employ({ employmentId, personId, organizationId });
  // @ts-expect-error an organization is no person
  const swapped = employ({ employmentId, personId: organizationId, organizationId });
  // @ts-expect-error nor is a person an organization
  employ({ employmentId, personId, organizationId: personId });
  // @ts-expect-error text names nobody until it enters as an id
  employ({ employmentId, personId: 'p-1', organizationId });
  expect([right.personId, swapped.personId]).toEqual(['p-1', 'org-1']);
});

it('CIM-1 a command without the id of its aggregate does not compile', () => {
  // @ts-expect-error the employment has no id
  const incomplete = employ({ personId, organizationId });
  expect(Object.keys(incomplete)).toEqual(['personId', 'organizationId']);
});
