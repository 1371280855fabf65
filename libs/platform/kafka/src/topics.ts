import kafkajs, { type Admin } from 'kafkajs';

import { type KafkaAddress, withAdmin } from './kafka-client.ts';

/** A topic as it must be. */
export type TopicSpec = {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Copies that must have a record before it counts as written. Default: as the brokers say. */
  readonly minInsyncReplicas?: number;
  /** Beyond or instead of the defaults: kept for ever, never compacted. */
  readonly config?: Readonly<Record<string, string>>;
};

/** What `ensureTopics` did, and what it found and left alone. */
export type TopicReport = {
  readonly created: readonly string[];
  /** One sentence per difference between an existing topic and its spec. */
  readonly problems: readonly string[];
};

const MIN_INSYNC = 'min.insync.replicas';

// Compaction would drop events of an aggregate, and retention those of a projection that is new or late.
const defaults = { 'retention.ms': '-1', 'cleanup.policy': 'delete' };

/**
 * Creates the topics that are missing and checks the others. An existing topic is never changed: more partitions would
 * move keys and lose their order. More copies than asked for are welcome, fewer are a problem.
 * @throws MillraceError `KAFKA_UNAVAILABLE`
 */
export async function ensureTopics(address: KafkaAddress, specs: readonly TopicSpec[]): Promise<TopicReport> {
  return withAdmin(address, async (admin) => {
    const present = new Set(await admin.listTopics());
    const missing = specs.filter(({ name }) => !present.has(name));
    if (missing.length > 0) await admin.createTopics({ topics: missing.map(creation) });
    const existing = specs.filter(({ name }) => present.has(name));
    return { created: missing.map(({ name }) => name), problems: await differences(admin, existing) };
  });
}

/**
 * Names of all topics that the brokers have.
 * @throws MillraceError `KAFKA_UNAVAILABLE`
 */
export async function listTopics(address: KafkaAddress): Promise<string[]> {
  return withAdmin(address, (admin) => admin.listTopics());
}

function configOf({ config }: TopicSpec): Readonly<Record<string, string>> {
  return { ...defaults, ...config };
}

function creation(spec: TopicSpec) {
  const minInsync = spec.minInsyncReplicas && { [MIN_INSYNC]: String(spec.minInsyncReplicas) };
  return {
    topic: spec.name,
    numPartitions: spec.partitions,
    replicationFactor: spec.replicationFactor,
    configEntries: Object.entries({ ...configOf(spec), ...minInsync }).map(([name, value]) => ({ name, value })),
  };
}

async function differences(admin: Admin, specs: readonly TopicSpec[]): Promise<string[]> {
  if (specs.length === 0) return [];
  const { topics } = await admin.fetchTopicMetadata({ topics: specs.map(({ name }) => name) });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: specs.map(({ name }) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
  });
  return specs.flatMap((spec) => {
    const partitions = topics.find(({ name }) => name === spec.name)?.partitions ?? [];
    const entries = resources.find(({ resourceName }) => resourceName === spec.name)?.configEntries ?? [];
    const actual = new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
    const wrongConfigs = Object.entries(configOf(spec))
      .filter(([name, value]) => actual.get(name) !== value)
      .map(([name, value]) => `topic ${spec.name} has ${name}=${actual.get(name) ?? 'unset'}, it must be ${value}`);
    const copies = Math.min(...partitions.map(({ replicas }) => replicas.length));
    return [
      ...problem(
        partitions.length === spec.partitions,
        spec.name,
        `${partitions.length} partitions, it must have ${spec.partitions}`,
      ),
      ...wrongConfigs,
      ...problem(
        copies >= spec.replicationFactor,
        spec.name,
        `${copies} copies, it must have ${spec.replicationFactor}`,
      ),
      ...tooFewInSync(spec, Number(actual.get(MIN_INSYNC))),
    ];
  });
}

function tooFewInSync({ name, minInsyncReplicas = 1 }: TopicSpec, actual: number): string[] {
  return problem(actual >= minInsyncReplicas, name, `${MIN_INSYNC}=${actual}, it must be ${minInsyncReplicas}`);
}

function problem(isFine: boolean, topic: string, what: string): string[] {
  return isFine ? [] : [`topic ${topic} has ${what}`];
}
