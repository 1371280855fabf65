import { MillraceError } from './errors.ts';

/** Turns the data of one schema version into that of the next. Pure; never fails on data that was valid in its version. */
export type Upcaster = (data: unknown) => unknown;

/** One event type in all its versions. */
export type EventDefinition = {
  readonly type: string;
  /** Names under which older stores hold it: read as `type`, never written. */
  readonly aliases?: readonly string[];
  readonly aggregateType: string;
  /** Topic that carries it. */
  readonly topic: string;
  /** Avro schema per version, from 1, as in `schemas/<domain>/<type>.v<version>.avsc`. */
  readonly schemas: Readonly<Record<number, object>>;
  /** Step from version n to n+1, for each version but the newest. */
  readonly upcasters: Readonly<Record<number, Upcaster>>;
};

/**
 * Every event type known to a process, with the way from any stored version to the current one. The store and the
 * consumers use the same catalogue, so a rebuild from the store and one from the topic see equal data.
 */
export class EventCatalogue {
  /** By type and by each alias of it. */
  readonly #definitions: ReadonlyMap<string, EventDefinition>;

  /** @throws Error when a type is defined twice, versions have a gap, or a step between versions is missing */
  constructor(definitions: readonly EventDefinition[]) {
    const named = definitions.flatMap((definition) =>
      [definition.type, ...(definition.aliases ?? [])].map((name) => [name, definition] as const),
    );
    this.#definitions = new Map(named);
    if (this.#definitions.size !== named.length) throw new Error('an event type is defined twice');
    definitions.forEach(checkVersions);
  }

  /** All definitions, in the order given. */
  get definitions(): readonly EventDefinition[] {
    return [...new Set(this.#definitions.values())];
  }

  has(type: string): boolean {
    return this.#definitions.has(type);
  }

  /** @throws MillraceError `UNKNOWN_EVENT_TYPE` */
  definition(type: string): EventDefinition {
    const definition = this.#definitions.get(type);
    if (!definition)
      throw new MillraceError('UNKNOWN_EVENT_TYPE', `event type ${type} is not in the catalogue`, { facts: { type } });
    return definition;
  }

  /** The type that a stored name stands for: itself, or what it is an alias of. A name that is not known stays as it is. */
  canonicalType(name: string): string {
    return this.#definitions.get(name)?.type ?? name;
  }

  /** Newest version of a type; what is written carries it. */
  currentVersion(type: string): number {
    return Object.keys(this.definition(type).schemas).length;
  }

  /**
   * Data of `version` in the shape of the current version.
   * @throws MillraceError `UNKNOWN_EVENT_TYPE` for an unknown type or a version newer than this process knows
   */
  upcast(type: string, version: number, data: unknown): unknown {
    const { upcasters } = this.definition(type);
    const current = this.currentVersion(type);
    if (!Number.isInteger(version) || version < 1 || version > current) {
      throw new MillraceError(
        'UNKNOWN_EVENT_TYPE',
        `event type ${type} has no version ${version}; newest known is ${current}`,
        { facts: { type, version, current } },
      );
    }
    let upcast = data;
    for (let from = version; from < current; from += 1) upcast = upcasters[from]?.(upcast);
    return upcast;
  }
}

function checkVersions({ type, schemas, upcasters }: EventDefinition): void {
  const count = Object.keys(schemas).length;
  for (let version = 1; version <= count; version += 1) {
    if (!schemas[version]) throw new Error(`${type}: schema versions must be 1 to ${count} without a gap`);
    if (version < count && !upcasters[version]) throw new Error(`${type}: no upcaster from version ${version}`);
  }
}
