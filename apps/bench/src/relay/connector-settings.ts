/** The connector as it is deployed, and with settings put back to what Debezium, Connect and the producer come with. */
import { connectorConfig, type ConnectorEnvironment } from '@millrace/relay';

/** Settings of ours that are tuned, each with what belongs to it. What correctness needs is in none of them. */
export const tuned = {
  poll: ['poll.interval.ms'],
  batch: ['max.batch.size'],
  queue: ['max.queue.size', 'max.queue.size.in.bytes'],
  linger: ['producer.override.linger.ms'],
} as const;

/** A group of tuned settings. */
export type Tuned = keyof typeof tuned;

/** Configuration of the connector with some of its tuned settings at their defaults. */
export async function connectorWithout(
  environment: ConnectorEnvironment,
  untuned: readonly Tuned[],
): Promise<Record<string, string>> {
  const absent: readonly string[] = untuned.flatMap((name) => tuned[name]);
  const config = await connectorConfig(environment);
  const unknown = absent.filter((key) => !(key in config));
  if (unknown.length > 0) throw new Error(`connectors/outbox.json does not set ${unknown.join(', ')}`);
  return Object.fromEntries(Object.entries(config).filter(([key]) => !absent.includes(key)));
}
