import type { DomainNames, PartNames } from '../names.ts';
import type { NewFile } from '../plan.ts';
import { packageJson } from './package-json.ts';

/** The consumer group that runs a projection. */
export function projectionApp({ plural, singular }: DomainNames, part: PartNames): NewFile[] {
  const name = `${part.kebab}-projection`;
  const folder = `apps/${name}`;
  return [
    packageJson({ folder, name, layer: 'app', side: 'read', scope: plural }),
    {
      path: `${folder}/src/main.ts`,
      text: `\
/** Consumer group \`${name}\`: keeps read_model.${part.snake} in step with the ${singular} events. */
import { runProjection } from '@millrace/consumer';
import { ${singular}Events } from '@millrace/contracts/${plural}';
import { ${part.camel} } from '@millrace/${plural}-read-models';

await runProjection({ projection: ${part.camel}, catalogue: ${singular}Events }, process.env);
`,
    },
    {
      path: `${folder}/README.md`,
      text: `\
# ${name}

| | |
| - | - |
| consumer group | \`${name}\` |
| reads | \`${plural}.events.v1\` |
| writes | \`read_model.${part.snake}\`: one row per ${singular} |
| keeps | \`consumer.positions\`, its own column \`version\`, \`consumer.parked_events\` |
| role | \`millrace_projector\` |

The projection is the pure fold \`${part.camel}\` of \`@millrace/${plural}-read-models\`; the process around it is \`@millrace/consumer\`, whose README tells what happens
on repeated, missing, unknown and broken events and when Postgres, Kafka or the registry is down.

Configuration: \`DATABASE_URL\`, \`DATABASE_POOL_SIZE\`, \`KAFKA_BROKERS\`, \`SCHEMA_REGISTRY_URL\`, \`CONSUMER_BATCH_EVENTS\`, \`HOST\`, \`PORT\`, \`LOG_LEVEL\` (\`.env.example\`).
Serves \`/livez\`, \`/readyz\`, \`/metrics\`. Run more of them to share the partitions.
`,
    },
  ];
}
