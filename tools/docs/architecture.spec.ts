import { readFileSync } from 'node:fs';

import { expect, test } from '@jest/globals';
import { consumerGroups, outboxTopics } from '@millrace/contracts/topology';
import { apps } from '@millrace/stack';

const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
const picture = /^```mermaid\n(flowchart LR\n.*?)^```$/ms.exec(page)?.[1] ?? '';

const nodes = (shape: RegExp) => [...picture.matchAll(shape)].map(([, id, label]) => [id, label]);
/** `a & b --> c & d` is four arrows. */
const arrows = [...picture.matchAll(/^ {2}([^\s"-][^">]*?) --> (.+)$/gm)].flatMap(([, from = '', to = '']) =>
  from.split(' & ').flatMap((one) => to.split(' & ').map((other) => `${one} → ${other}`)),
);

test('ORD-65 SHR-47 the picture shows exactly the apps that run', () => {
  const shown = nodes(/^ {2}([\w.-]+)\["([^"]+)"\]$/gm);
  expect(shown.every(([id, label]) => id === label)).toBe(true);
  expect(shown.map(([id]) => id).sort()).toEqual(apps.map(({ name }) => name).sort());
});

test('ORD-65 SHR-47 the picture shows exactly the topics that the outbox may name', () => {
  const shown = nodes(/^ {2}([\w.-]+)\(\["([^"]+)"\]\)$/gm);
  expect(shown.every(([id, label]) => id === label)).toBe(true);
  expect(shown.map(([id]) => id).sort()).toEqual([...outboxTopics].sort());
  expect(arrows.filter((arrow) => arrow.startsWith('connect →')).sort()).toEqual(
    outboxTopics.map((topic) => `connect → ${topic}`).sort(),
  );
});

test('ORD-65 SHR-47 each group reads the topics that the picture says', () => {
  const auditor = { group: 'auditor', topics: outboxTopics };
  const read = [...consumerGroups, auditor].flatMap(({ group, topics }) =>
    topics.map((topic) => `${topic} → ${group}`),
  );
  const fromTopics = arrows.filter((arrow) => outboxTopics.some((topic) => arrow.startsWith(`${topic} →`)));
  expect(fromTopics.sort()).toEqual(read.sort());
});
