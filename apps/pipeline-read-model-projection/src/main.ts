/** Consumer group `pipeline-read-model-projection`: keeps read_model.pipeline_read_model in step with the pipeline events. */
import { runProjection } from '@millrace/consumer';
import { pipelineEvents } from '@millrace/contracts/pipelines';
import { pipelineReadModel } from '@millrace/pipelines-read-models';

await runProjection({ projection: pipelineReadModel, catalogue: pipelineEvents }, process.env);
