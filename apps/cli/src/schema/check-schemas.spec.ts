import { describe, expect, test } from '@jest/globals';
import { type AvroField, schemaFolderOf } from '@millrace/avro';

import type { Baseline } from './baseline.ts';
import { checkSchemas } from './check-schemas.ts';

const text = (name: string, rest: object = {}) => ({ name, type: 'string', doc: 'A text.', ...rest });
const noted = (...fields: object[]) => ({
  type: 'record',
  name: 'Noted',
  namespace: 'notes',
  doc: 'A note.',
  fields: fields as AvroField[],
});

const version1 = noted(text('text'));
const version2 = noted(text('text'), text('colour', { default: '' }));

/** Findings for a folder of versions, given the versions that are registered. */
function findingsOf(versions: Record<string, object>, ...registered: object[]): string[] {
  const files = Object.entries(versions).map(
    ([name, schema]) => [`notes/Noted.${name}.avsc`, JSON.stringify(schema)] as const,
  );
  const baseline: Baseline = {
    name: 'a registry',
    fate: 'registered',
    versions: new Map([['notes.Noted', registered]]),
  };
  return checkSchemas(schemaFolderOf(new Map(files)), baseline).map(
    ({ file, path, problem, fix }) => `${file}: ${path} ${problem} → ${fix}`,
  );
}

describe('SHR-17 schema check passes', () => {
  test('what is registered as it is, and a compatible new version', () => {
    expect(findingsOf({ v1: version1, v2: version2 }, version1)).toEqual([]);
    expect(findingsOf({ v1: version1, v2: version2 }, version1, version2)).toEqual([]);
  });

  test('a registered version whose JSON only looks different', () => {
    expect(
      findingsOf({ v1: { ...version1, name: 'Noted' } }, Object.fromEntries(Object.entries(version1).reverse())),
    ).toEqual([]);
  });

  test('a version that is not registered yet and was edited', () => {
    expect(findingsOf({ v1: noted(text('text', { doc: 'Said better.' })) })).toEqual([]);
  });
});

describe('SHR-17 schema check refuses', () => {
  test('an incompatible new version, with field and fix', () => {
    expect(findingsOf({ v1: version1, v2: noted(text('text'), text('colour')) }, version1)).toEqual([
      'notes/Noted.v2.avsc: Noted.colour was added without a default → ' +
        'make "type": ["null", "string"] with "default": null, or add a "default" that no real value has',
    ]);
  });

  test('a compatible edit of a registered version: it belongs into the next one', () => {
    expect(findingsOf({ v1: version2 }, version1)).toEqual([
      'notes/Noted.v1.avsc: Noted.colour was changed in v1, which is registered → restore v1 and make the change in Noted.v2.avsc',
    ]);
  });

  test('an incompatible edit of a registered version, for both reasons', () => {
    expect(
      findingsOf({ v1: version1, v2: noted(text('body'), text('colour', { default: '' })) }, version1, version2),
    ).toEqual([
      expect.stringContaining('Noted.text was changed in v2, which is registered'),
      expect.stringContaining('Noted.body was changed in v2, which is registered'),
      expect.stringContaining('Noted.body was added without a default'),
      expect.stringContaining('Noted.text was removed or renamed'),
    ]);
  });

  test('a new version beside an edited one, compared with what is registered', () => {
    const findings = findingsOf({ v1: noted(), v2: noted(text('colour', { default: '' })) }, version1);
    expect(findings).toContainEqual(expect.stringMatching(/Noted\.v2\.avsc: Noted\.text was removed or renamed/));
  });

  test('a registered version without a file', () => {
    expect(findingsOf({ v1: version1 }, version1, version2)).toEqual([
      'notes/Noted.v2.avsc: notes.Noted has no file for v2, which is registered → restore the file, or bring the checkout up to date',
    ]);
  });

  test('a breach of the rules, together with the incompatibility', () => {
    const findings = findingsOf(
      { v1: version1, v2: noted(text('text'), { name: 'colour', type: 'string' }) },
      version1,
    );
    expect(findings).toEqual([
      expect.stringContaining('Noted.colour has no doc'),
      expect.stringContaining('Noted.colour was added without a default'),
    ]);
  });
});
