/** Consumer group `person-view-projection`: keeps read_model.person_view in step with the person and employment events. */
import { runProjection } from '@millrace/consumer';
import { personView, personViewEvents } from '@millrace/persons-read-models';

await runProjection({ projection: personView, catalogue: personViewEvents }, process.env);
