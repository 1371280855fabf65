export {
  type AvroArray,
  type AvroEnum,
  type AvroField,
  type AvroMap,
  type AvroPrimitive,
  type AvroRecord,
  type AvroSchema,
  fullNameOf,
  isUnion,
} from './avro-schema.ts';
export { compatibilityProblems, type VersionedSchema } from './compatibility.ts';
export { type DecodedEvent, EventDecoder, type SchemaSource } from './event-decoder.ts';
export { EventEncoder, PAYLOAD_LIMIT_BYTES, type RegisteredSchema } from './event-encoder.ts';
export { frame, unframe } from './frame.ts';
export { registerSchemas, type Registration } from './register-schemas.ts';
export { RegistryClient } from './registry-client.ts';
export {
  readSchemaFolder,
  type SchemaFile,
  type SchemaFileProblem,
  type SchemaFolder,
  schemaFolderOf,
} from './schema-files.ts';
export { describeProblem, type SchemaProblem } from './schema-problem.ts';
export { subjectOf } from './subject.ts';
