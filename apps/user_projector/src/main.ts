/** Consumer group `user_projector`: keeps read_model.user_read_model in step with the user events. */
import { runProjection } from '@millrace/consumer';
import { userEvents } from '@millrace/contracts/users';
import { userProjector } from '@millrace/users-read-models';

await runProjection({ projection: userProjector, catalogue: userEvents }, process.env);
