/**
 * Every environment variable that Millrace reads, once. `.env.example`, the start-up validation of every app and the
 * embedded stack are made from this list.
 */
export type Variable = {
  readonly type: 'string' | 'integer' | 'url' | 'list' | 'urls';
  readonly description: string;
  /** Used when the variable is unset or empty. A variable without one is required by every app that asks for it. */
  readonly default?: string;
  /** Smallest and largest value of an integer. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** The only values allowed. */
  readonly oneOf?: readonly string[];
  /** Never printed. */
  readonly secret?: true;
};

const variable = <const V extends Variable>(definition: V): V => definition;

export const variables = {
  NODE_ENV: variable({
    type: 'string',
    default: 'development',
    oneOf: ['development', 'test', 'production'],
    description: 'production refuses development tokens and keys.',
  }),
  LOG_LEVEL: variable({
    type: 'string',
    default: 'info',
    oneOf: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
    description: 'Smallest level written to standard output as JSON lines.',
  }),
  HOST: variable({ type: 'string', default: '127.0.0.1', description: 'Address that the app listens on.' }),
  PORT: variable({
    type: 'integer',
    default: '0',
    minimum: 0,
    maximum: 65_535,
    description: 'Port of the app: its API where it has one, and /livez, /readyz, /metrics. 0 takes a free one.',
  }),
  DATABASE_URL: variable({
    type: 'url',
    secret: true,
    description:
      'Postgres, with the role of the app (millrace_command, millrace_projector, millrace_query); the owner for `millrace deploy` and relay-supervisor.',
  }),
  DATABASE_POOL_SIZE: variable({
    type: 'integer',
    default: '10',
    minimum: 1,
    maximum: 200,
    description: 'Most connections that one process opens.',
  }),
  DATABASE_REPLICA_URL: variable({
    type: 'url',
    secret: true,
    default: '',
    description:
      'Streaming replica, with role millrace_query, from which query-api answers instead of DATABASE_URL. One server, not a balancer: replicas lag differently.',
  }),
  KAFKA_BROKERS: variable({ type: 'list', description: 'Comma-separated host:port of the brokers.' }),
  KAFKA_REPLICATION_FACTOR: variable({
    type: 'integer',
    default: '1',
    minimum: 1,
    maximum: 7,
    description: 'Replication of the topics that `millrace deploy` creates.',
  }),
  KAFKA_MIN_INSYNC_REPLICAS: variable({
    type: 'integer',
    default: '1',
    minimum: 1,
    maximum: 7,
    description:
      'Copies that must have a record of these topics before it counts as written; 2 of 3 survive the loss of a broker. 1 leaves it to the brokers.',
  }),
  SCHEMA_REGISTRY_URL: variable({
    type: 'url',
    description: 'Confluent-compatible registry API (Confluent, Apicurio ccompat, Karapace, Redpanda).',
  }),
  CONNECT_URL: variable({
    type: 'urls',
    description:
      'Comma-separated REST addresses of the Kafka Connect workers that run Debezium; one that does not answer is passed over.',
  }),
  CONNECT_DATABASE_HOST: variable({
    type: 'string',
    default: '127.0.0.1',
    description: 'Postgres as Kafka Connect reaches it: host.',
  }),
  CONNECT_DATABASE_PORT: variable({
    type: 'integer',
    default: '5432',
    minimum: 1,
    maximum: 65_535,
    description: 'Postgres as Kafka Connect reaches it: port.',
  }),
  AUTH_JWKS: variable({
    type: 'string',
    description: 'Keys that sign bearer tokens: the https URL of a JWKS, or the path of a JWKS file.',
  }),
  AUTH_ISSUER: variable({ type: 'string', default: 'urn:millrace:dev', description: 'Required `iss` of a token.' }),
  AUTH_AUDIENCE: variable({ type: 'string', default: 'millrace', description: 'Required `aud` of a token.' }),
  MILLRACE_URL: variable({ type: 'url', description: 'Address of the gateway, for the command line and for clients.' }),
  COMMAND_API_URL: variable({ type: 'url', description: 'Where the gateway sends commands.' }),
  QUERY_API_URL: variable({ type: 'url', description: 'Where the gateway sends queries.' }),
  SERVICE_TOKEN_FILE: variable({
    type: 'string',
    description:
      'File with the bearer token (role process) of an app that sends commands for any tenant. Read at each use, so that it can be renewed.',
  }),
  HIRING_TIMEOUT_HOURS: variable({
    type: 'integer',
    default: '720',
    minimum: 1,
    maximum: 87_600,
    description: 'A hiring that is not completed after so long is failed by its saga.',
  }),
  BODY_LIMIT_BYTES: variable({
    type: 'integer',
    default: '262144',
    minimum: 1024,
    maximum: 800_000,
    description: 'Largest request body; more is answered 413.',
  }),
  SNAPSHOT_INTERVAL_EVENTS: variable({
    type: 'integer',
    default: '100',
    minimum: 1,
    maximum: 1_000_000,
    description: 'A snapshot is taken when this many events have come since the last one.',
  }),
  SNAPSHOTS_KEPT: variable({
    type: 'integer',
    default: '3',
    minimum: 1,
    maximum: 100,
    description: 'Newest snapshots kept per aggregate.',
  }),
  COMMAND_ATTEMPTS: variable({
    type: 'integer',
    default: '6',
    minimum: 1,
    maximum: 100,
    description:
      'How often a command without If-Match is decided, when other writers are faster, before it is answered 409.',
  }),
  AGGREGATE_CACHE_ENTRIES: variable({
    type: 'integer',
    default: '10000',
    minimum: 0,
    maximum: 10_000_000,
    description: 'Most aggregates that one command-api process keeps in memory; 0 switches the cache off.',
  }),
  CONSUMER_BATCH_EVENTS: variable({
    type: 'integer',
    default: '500',
    minimum: 1,
    maximum: 10_000,
    description: 'Most events that a consumer folds and writes in one transaction.',
  }),
  OUTBOX_RETENTION_HOURS: variable({
    type: 'integer',
    default: '24',
    minimum: 1,
    maximum: 8_760,
    description: 'Age at which outbox partitions are dropped, once the slot has confirmed them.',
  }),
  ACTIVITY_REFRESH_SECONDS: variable({
    type: 'integer',
    default: '60',
    minimum: 1,
    maximum: 86_400,
    description: 'Pause between refreshes of the materialised view behind `GET /v1/activity`.',
  }),
  CANARY_SECONDS: variable({
    type: 'integer',
    default: '30',
    minimum: 0,
    maximum: 3_600,
    description:
      'Pause between the canaries that the auditor sends through each topic of internal events; 0 sends none, and then nothing notices a relay that stands still.',
  }),
  QUERY_CACHE_ENTRIES: variable({
    type: 'integer',
    default: '10000',
    minimum: 0,
    maximum: 10_000_000,
    description: 'Most answers cached by one query-api process; 0 switches the cache off.',
  }),
  MAX_WAIT_MS: variable({
    type: 'integer',
    default: '10000',
    minimum: 0,
    maximum: 60_000,
    description: 'Longest `wait` that a read with `minVersion` may ask for.',
  }),
  COMMAND_ROLE_PASSWORD: variable({
    type: 'string',
    secret: true,
    default: '',
    description: 'Password that `millrace deploy` gives role millrace_command; empty leaves it as it is.',
  }),
  PROJECTOR_ROLE_PASSWORD: variable({
    type: 'string',
    secret: true,
    default: '',
    description: 'The same for millrace_projector.',
  }),
  QUERY_ROLE_PASSWORD: variable({
    type: 'string',
    secret: true,
    default: '',
    description: 'The same for millrace_query.',
  }),
  CDC_ROLE_PASSWORD: variable({
    type: 'string',
    secret: true,
    default: '',
    description: 'The same for millrace_cdc; also written into the connector.',
  }),
  BACKUP_ROLE_PASSWORD: variable({
    type: 'string',
    secret: true,
    default: '',
    description: 'The same for millrace_backup.',
  }),
  BACKUP_FOLDER: variable({
    type: 'string',
    default: '.millrace/backups',
    description: 'Where backups of the event store are written and looked for. Not on the disk of the database.',
  }),
  BACKUP_SCHEDULE: variable({
    type: 'string',
    default: '',
    description:
      'How often what is backed up, such as `*=24h,acme=1h`: the whole store daily, tenant acme hourly (s, m, h, d). Empty: never.',
  }),
  BACKUP_INCREMENTS_PER_FULL: variable({
    type: 'integer',
    default: '6',
    minimum: 0,
    maximum: 1_000,
    description: 'Increments that follow a full backup before the next full one; 0: every backup is full.',
  }),
  BACKUP_CHAINS_KEPT: variable({
    type: 'integer',
    default: '4',
    minimum: 1,
    maximum: 10_000,
    description:
      'Full backups with their increments that are kept of each scope of the schedule; older ones are removed.',
  }),
  BACKUP_RTO_SECONDS: variable({
    type: 'integer',
    default: '3600',
    minimum: 1,
    description: 'Target of a drill: longest time from an empty server to read models that answer.',
  }),
  BACKUP_RPO_SECONDS: variable({
    type: 'integer',
    default: '86400',
    minimum: 1,
    description: 'Target of a drill: most time whose events may be lost.',
  }),
  MAVEN_REPOSITORY_URL: variable({
    type: 'string',
    default: '',
    description:
      'Maven repository of the jars of the embedded stack, where `mvn` is absent; the public one unless given.',
  }),
  MILLRACE_HOME: variable({ type: 'string', default: '.millrace', description: 'Data folder of the embedded stack.' }),
  MILLRACE_PORT: variable({
    type: 'integer',
    default: '4000',
    minimum: 1,
    maximum: 65_535,
    description: 'Port of the gateway of the embedded stack; the next free one where it is busy.',
  }),
  MILLRACE_CLUSTER: variable({
    type: 'string',
    default: 'false',
    oneOf: ['true', 'false'],
    description:
      'true starts the embedded stack with three brokers, two Connect workers and two members of each consumer group.',
  }),
} as const satisfies Record<string, Variable>;

/** Name of a variable of the list. */
export type VariableName = keyof typeof variables;
