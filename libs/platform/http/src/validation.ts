import { Ajv, type ErrorObject } from 'ajv';
import formats from 'ajv-formats';
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';

import { type HttpProblem, httpProblem, type RequestFault } from './http-problem.ts';

const FAULTS_REPORTED = 100;

const strict = { allErrors: true, removeAdditional: false, useDefaults: true } as const;
// A body is JSON and means what it says; parameters are text and become numbers where the schema wants them.
const bodies = withFormats(new Ajv({ ...strict, coerceTypes: false }));
const parameters = withFormats(new Ajv({ ...strict, coerceTypes: true }));

function withFormats(ajv: Ajv): Ajv {
  formats.default(ajv, ['date', 'date-time', 'uuid']);
  return ajv;
}

/** Validator of Fastify: finds everything wrong at once, refuses unknown fields where the schema does. */
export const validatorCompiler: FastifySchemaCompiler<object> = ({ schema, httpPart }) =>
  (httpPart === 'body' ? bodies : parameters).compile(schema);

/** Problem for what the validator found in one part of a request. */
export function validationProblem(found: readonly FastifySchemaValidationError[], part: string): HttpProblem {
  const told = withoutNull(found);
  const faults = told.slice(0, FAULTS_REPORTED).map((error) => faultOf(error as ErrorObject, part));
  const more = told.length - faults.length;
  const count = `${told.length} ${told.length === 1 ? 'problem' : 'problems'}`;
  const detail = `${count} in the ${part === 'body' ? 'body' : 'parameters'}${more > 0 ? `, the first ${FAULTS_REPORTED} listed` : ''}.`;
  return httpProblem('VALIDATION_FAILED', { detail, errors: faults });
}

/** Of a value that might have been null only what is wrong with it is told, not that it is not null either. */
function withoutNull(found: readonly FastifySchemaValidationError[]): readonly FastifySchemaValidationError[] {
  const choices = new Set(found.filter(({ keyword }) => keyword === 'anyOf').map(({ instancePath }) => instancePath));
  return found.filter(
    ({ keyword, params, instancePath }) =>
      keyword !== 'anyOf' && !(params['type'] === 'null' && choices.has(instancePath)),
  );
}

function faultOf(error: ErrorObject, part: string): RequestFault {
  const pointer = pointerOf(error);
  const detail = detailOf(error);
  return part === 'body' ? { detail, pointer } : { detail, parameter: pointer.slice(1) };
}

/** The field itself, also when it is the missing or the unknown one. */
function pointerOf({ instancePath, params }: ErrorObject): string {
  const { missingProperty, additionalProperty } = params as { missingProperty?: string; additionalProperty?: string };
  const child = missingProperty ?? additionalProperty;
  return child === undefined ? instancePath : `${instancePath}/${child.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function detailOf({ keyword, message, params }: ErrorObject): string {
  if (keyword === 'required') return 'is required';
  if (keyword === 'additionalProperties') return 'is not a known field';
  if (keyword === 'enum') return `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`;
  return message ?? 'is invalid';
}
