/** A query-api on a real database with persons, organizations, employments and hirings in it. */
import type { EmploymentEvent } from '@millrace/contracts/employments';
import type { HiringEvent } from '@millrace/contracts/hirings';
import type { OrganizationEvent } from '@millrace/contracts/organizations';
import type { PersonEvent } from '@millrace/contracts/persons';
import { hiringView } from '@millrace/hirings-read-models';
import { organizationView } from '@millrace/organizations-read-models';
import { personView } from '@millrace/persons-read-models';

import { ReadSideFixture, type SpecStream } from '../read-side.fixture.ts';

/** What happens to a person of a spec. */
export type SpecPerson = {
  readonly tenantId?: string;
  readonly personId: string;
  readonly createdAt?: string;
  readonly email?: string;
  readonly birthDate?: string;
  /** Where the person is employed, if anywhere. */
  readonly organizationId?: string;
  /** False for one who is only known from an employment. */
  readonly known?: boolean;
};

export class PeopleReadSide extends ReadSideFixture {
  /** Stores the person's events and those of the employment, and folds them into the person view. */
  async person(person: SpecPerson): Promise<void> {
    const { personId, email, organizationId, birthDate = null, known = true, ...of } = person;
    const streams: SpecStream[] = [];
    if (organizationId !== undefined) {
      const employmentId = `employment-of-${personId}`;
      const event: EmploymentEvent = { type: 'EmploymentCreated', data: { employmentId, personId, organizationId } };
      streams.push({ ...of, aggregateType: 'employment', aggregateId: employmentId });
      await this.append(streams[0]!, event);
    }
    if (known) {
      const legalName = { givenName: 'Ada', middleName: null, familyName: `of ${personId}` };
      const events: PersonEvent[] = [{ type: 'PersonCreated', data: { personId, legalName, birthDate } }];
      if (email !== undefined) events.push({ type: 'PersonEmailChanged', data: { personId, email } });
      streams.push({ ...of, aggregateType: 'person', aggregateId: personId });
      await this.append(streams.at(-1)!, ...events);
    }
    await this.project([personView], ...streams);
  }

  /** An organization that has had these names, one after the other. */
  async organization(organizationId: string, first: string, ...later: string[]): Promise<void> {
    const renamed = later.map((newName, index): OrganizationEvent => {
      return {
        type: 'OrganizationRenamed',
        data: { organizationId, oldName: [first, ...later][index] ?? '', newName },
      };
    });
    const stream = { aggregateType: 'organization', aggregateId: organizationId };
    await this.append(stream, { type: 'OrganizationCreated', data: { organizationId, name: first } }, ...renamed);
    await this.project([organizationView], stream);
  }

  /** A hiring, and how it ended. */
  async hiring(hiringId: string, ...ends: Exclude<HiringEvent, { type: 'HiringStarted' }>[]): Promise<void> {
    const stream = { aggregateType: 'hiring', aggregateId: hiringId };
    const data = { hiringId, personId: 'p-1', organizationId: 'org-1' };
    await this.append(stream, { type: 'HiringStarted', data }, ...ends);
    await this.project([hiringView], stream);
  }
}
