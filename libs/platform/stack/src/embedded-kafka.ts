import type { Environment } from '@millrace/config';

import { kafkaComponent } from './components/kafka.ts';
import { createHome, homeAt } from './home.ts';
import { freePort } from './ports.ts';
import { findJava } from './provision/java.ts';
import { provisionJars } from './provision/provision.ts';
import { singleShape } from './stack-shape.ts';
import { type AloneComponent, startAlone } from './start-alone.ts';

/** How to start Kafka without the rest of the stack. */
export type EmbeddedKafkaOptions = {
  /** Folder of its data. */
  readonly home: string;
  readonly environment: Environment;
};

/** A running broker. */
export type EmbeddedKafka = AloneComponent & { readonly brokers: readonly string[] };

/**
 * Starts the Kafka of the stack alone, one broker, for tools that need neither Postgres nor Connect.
 * @throws MillraceError `STACK_FAILED` when Java or the jars are missing or it does not start; nothing is left running
 */
export async function startEmbeddedKafka({ home: root, environment }: EmbeddedKafkaOptions): Promise<EmbeddedKafka> {
  const home = homeAt(root);
  createHome(home);
  const java = await findJava(environment);
  const { signal } = new AbortController();
  const jars = await provisionJars({ environment, signal, onProgress: () => undefined });
  const [name = ''] = singleShape.brokers;
  const node = { name, broker: await freePort(), controller: await freePort() };
  const component = kafkaComponent(home, { node, nodes: [node] }, { java, jars, environment });
  return { brokers: [`127.0.0.1:${node.broker}`], ...(await startAlone(home, component)) };
}
