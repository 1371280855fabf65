/** Consumer group `job-read-model-projection`: keeps read_model.job_read_model in step with the job events. */
import { runProjection } from '@millrace/consumer';
import { jobEvents } from '@millrace/contracts/jobs';
import { jobReadModel } from '@millrace/jobs-read-models';

await runProjection({ projection: jobReadModel, catalogue: jobEvents }, process.env);
