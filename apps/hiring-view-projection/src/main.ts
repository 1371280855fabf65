/** Consumer group `hiring-view-projection`: keeps read_model.hiring_view in step with the hiring events. */
import { runProjection } from '@millrace/consumer';
import { hiringEvents } from '@millrace/contracts/hirings';
import { hiringView } from '@millrace/hirings-read-models';

await runProjection({ projection: hiringView, catalogue: hiringEvents }, process.env);
