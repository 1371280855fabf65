/** Consumer group `event-log-projection`: keeps read_model.event_log in step with the events of all domains. */
import { runProjection } from '@millrace/consumer';
import { storedEvents } from '@millrace/contracts/topology';
import { eventLog } from '@millrace/event-log';

await runProjection({ projection: eventLog, catalogue: storedEvents }, process.env);
