/** Consumer group `person-view-projection`: keeps read_model.person_view in step with the person and employment events. */
import { runProjection } from '@millrace/consumer';
import { employmentEvents } from '@millrace/contracts/employments';
import { personEvents } from '@millrace/contracts/persons';
import { EventCatalogue } from '@millrace/core';
import { personView } from '@millrace/persons-read-models';

const catalogue = new EventCatalogue([...personEvents.definitions, ...employmentEvents.definitions]);
await runProjection({ projection: personView, catalogue }, process.env);
