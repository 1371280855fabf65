import { describe, expect, test } from '@jest/globals';

import { idsIn } from './requirement-ids.ts';
import requirements from './requirements.json' with { type: 'json' };
import { renderPage, unknownIds } from './requirements-page.ts';
import { allMentions } from './test-files.ts';

describe('the page', () => {
  const titles = { 'JOB-1': 'Start', 'JOB-2': 'Stop', 'JOB-3': 'Begin', 'JOB-4': 'Halt', 'T-1': 'Trap' };
  const same = { 'JOB-3': 'JOB-1', 'JOB-4': 'JOB-1, JOB-2' };
  const mention = (name: string) => ({ id: 'JOB-1', file: 'libs/domain/jobs/src/job.spec.ts', name });
  const page = renderPage({ titles, same, later: { monitoring: 'T-1' } }, ['a', 'b', 'b', 'c | d', 'e'].map(mention));

  test('names the tests of a requirement, and counts the rest', () => {
    expect(page).toContain(
      '| JOB-1 | Start | jobs/job.spec.ts `a`<br>jobs/job.spec.ts `b`<br>jobs/job.spec.ts `c \\| d`<br>and 1 more |',
    );
  });

  test('a requirement that restates others is proven with all of them', () => {
    expect(page).toContain('| JOB-3 | Begin | see JOB-1 |');
  });

  test('counts per group', () => {
    expect(page).toContain('| Jobs and pipelines (JOB) | 4 | 1 | 1 | 2 |');
    expect(page).toContain('| All | 5 | 1 | 1 | 3 |');
  });

  test('lists what no test names, and what it waits for', () => {
    expect(page).toContain('### Open\n\n- JOB-2 Stop\n- JOB-4 Halt\n');
    expect(page).toContain('### Later: monitoring\n\n- T-1 Trap\n');
  });
});

test('every test of this repository names requirements that exist', () => {
  expect(unknownIds(requirements, allMentions())).toEqual([]);
});

test('a test that names an unknown requirement is found', () => {
  const mention = { id: 'JOB-99', file: 'job.spec.ts', name: '' };
  expect(unknownIds(requirements, [mention])).toEqual(['job.spec.ts: JOB-99']);
});

test('what is put off or restated is a requirement', () => {
  const { same, later } = requirements;
  const named = [...Object.keys(same), ...[...Object.values(same), ...Object.values(later)].flatMap(idsIn)];
  expect(named.filter((id) => !Object.hasOwn(requirements.titles, id))).toEqual([]);
});
