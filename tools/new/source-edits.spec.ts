import { describe, expect, test } from '@jest/globals';

import { addElement, addProperty, addStatement, hasProperty, withCase } from './source-edits.ts';

describe('an import', () => {
  const text = "import { a } from '@millrace/a';\nimport { c } from '@millrace/c';\n\nimport { m } from './m.ts';\n";

  test.each([
    ["import { b } from '@millrace/b';", "'@millrace/a';\nimport { b } from '@millrace/b';\nimport { c }"],
    ["import { d } from '@millrace/d';", "'@millrace/c';\nimport { d } from '@millrace/d';\n"],
    ["import { l } from './l.ts';", "import { l } from './l.ts';\nimport { m }"],
    ["import { n } from './n.ts';", "'./m.ts';\nimport { n } from './n.ts';"],
  ])('%s goes beside its kind, in order', (statement, expected) => {
    expect(addStatement(text, statement)).toContain(expected);
  });

  test.each([
    ["import { b } from '@millrace/a';", "import {a, b } from '@millrace/a';"],
    ["import { type A, A1 } from '@millrace/a';", "import {type A, a, A1 } from '@millrace/a';"],
  ])('%s joins the import of that module, in order', (statement, expected) => {
    expect(addStatement(text, statement)).toContain(expected);
  });

  test('of files follows the packages where there was none', () => {
    expect(addStatement("import { a } from 'a';\nstart();\n", "import { m } from './m.ts';")).toBe(
      "import { a } from 'a';\n\nimport { m } from './m.ts';\n\nstart();\n",
    );
  });
});

test('an export goes among the exports', () => {
  const text = "import { x } from './x.ts';\nexport { b } from './b.ts';";
  expect(addStatement(text, "export { a } from './a.ts';")).toContain("\nexport { a } from './a.ts';\nexport { b }");
});

describe('an element', () => {
  test.each([
    ['const list: readonly T[] = [a, b];', 'const list: readonly T[] = [a, b,\nc];'],
    ['const list = [a,\n] as const satisfies T;', 'const list = [a,\nc,\n] as const satisfies T;'],
    ['const list = [];', 'const list = [c];'],
  ])('is put at the end of %j', (before, after) => {
    expect(addElement(before, 'list', 'c')).toBe(after);
  });

  test('needs its list', () => {
    expect(() => addElement('const other = [a];', 'list', 'c')).toThrow('no literal "list"');
  });
});

describe('a property', () => {
  const text = 'const one = { handlers: { A: x, } }; const two = { handlers: {} };';

  test('is put into every object of that name', () => {
    expect(addProperty(text, 'handlers', "B: 'ignore'")).toBe(
      "const one = { handlers: { A: x,\nB: 'ignore', } }; const two = { handlers: {B: 'ignore'} };",
    );
  });

  test('needs such an object', () => {
    expect([hasProperty(text, 'handlers'), hasProperty(text, 'publish')]).toEqual([true, false]);
    expect(() => addProperty(text, 'publish', 'B: x')).toThrow('no "publish: {"');
  });
});

test('a case goes before the default of the switch in a method', () => {
  const text = 'const decider = { evolve(state, event) { switch (event.type) { default: return f(event); } } };';
  expect(withCase(text, 'evolve', "case 'B': return state;")).toContain("{ case 'B': return state;\ndefault: return");
  expect(withCase(text, 'decide', 'case 1:')).toBeUndefined();
});
