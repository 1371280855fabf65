/**
 * Runs every command of docs/runbook.md as it stands there, and compares the exit code with the one that the page promises:
 * what looks at a broken relay on one that is broken so, what mends on one that streams, each once. A page, a placeholder or a program that is not known here fails.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@millrace/testing';

import { runbookPages } from './runbook-pages.ts';
import { type RelayState, RunbookStage } from './runbook-stage.fixture.ts';

const stage = new RunbookStage();

/** How the relay stands where it does not stream; all other pages are about one that does. */
const relayStates: Readonly<Record<string, RelayState>> = {
  RelayConnectUnreachable: 'unreachable',
  RelayConnectorDown: 'absent',
  RelaySlotLost: 'slot-dropped',
  RelaySlotUnread: 'stopped',
  RelaySlotBehind: 'stopped',
  RelayTopicMissing: 'stopped',
  RelayStoreWentBack: 'stopped',
  RelayPoisonRow: 'stopped',
  CanaryLate: 'stopped',
};

const pages = runbookPages();

/** Where the page is about a relay that does not stream, its **Look.** says so. Grouped by state, which is slow to change. */
const broken = pages
  .flatMap(({ title, commands }) => {
    const relay = relayStates[title];
    const looks = commands.filter(({ part }) => part === 'Look');
    return relay === undefined ? [] : [{ title, relay, looks }];
  })
  .sort((a, b) => a.relay.localeCompare(b.relay));

/** Everything else is run once each, on a relay that streams: what pages do comes before how they say that it is over. */
const [doings, endings] = [(part: string) => part !== 'Ends', (part: string) => part === 'Ends'].map((isPart) => [
  ...new Map(
    pages.flatMap(({ title, commands }) =>
      commands
        .filter(({ part }) => isPart(part) && !(part === 'Look' && title in relayStates))
        .map((command) => [`${command.line} ${command.exitCode}`, { title, ...command }] as const),
    ),
  ).values(),
]);

/** Pages whose **Look.** ends with 1 because the auditor has found something. */
const FINDINGS = ['EventsMissing', 'AuditFindings'];

beforeAll(async () => {
  await stage.build();
  await stage.setRelay('streaming');
  await stage.startApps();
}, 180_000);
afterAll(() => stage.strike(), 60_000);

describe('docs/runbook.md', () => {
  test.each(pages.map((page) => [page.title, page] as const))('ORD-66 %s has all its parts', (_title, page) => {
    for (const part of ['Means', 'Look', 'Do', 'Ends']) expect(page.text).toContain(`**${part}.**`);
    expect(page.commands.length).toBeGreaterThan(0);
  });

  test.each((doings ?? []).map((command) => [command.title, command.line, command] as const))(
    'ORD-66 SHR-47 %s: %s',
    async (title, line, { exitCode }) => {
      if (title.startsWith('DeadLetters')) await stage.park();
      const found = FINDINGS.includes(title) && exitCode !== 0;
      if (found) await stage.find();
      expect({ line, ...(await stage.run(line)) }).toMatchObject({ exitCode });
      if (found) await stage.resolve();
    },
    180_000,
  );

  test.each((endings ?? []).map((command) => [command.line, command] as const))(
    'ORD-66 %s says that it is over',
    async (line, { exitCode }) => {
      await stage.ends(line, exitCode);
    },
    180_000,
  );

  test.each(broken.map((page) => [page.title, page.relay, page] as const))(
    'ORD-66 SHR-47 %s shows in the relay: %s',
    async (_title, relay, { looks }) => {
      await stage.setRelay(relay);
      for (const { line, exitCode } of looks) {
        expect({ line, ...(await stage.runOnce(line)) }).toMatchObject({ exitCode });
      }
    },
    180_000,
  );

  test('ORD-66 what the pages of the relay do brings it back', async () => {
    for (const state of ['absent', 'slot-dropped'] as const) {
      await stage.setRelay(state);
      expect(await stage.run('npx millrace relay status')).toMatchObject({ exitCode: 1 });
      // What the supervisor does with a connector that somebody has stopped.
      if (state === 'slot-dropped') await stage.resume();
      expect(await stage.run('npx millrace deploy')).toMatchObject({ exitCode: 0 });
      await eventually(async () => (await stage.run('npx millrace relay status')).exitCode === 0, {
        timeoutMs: 60_000,
      });
    }
  }, 180_000);
});

describe('what the run would find', () => {
  test('a command that does not exist', async () => {
    expect(await stage.run('npx millrace heal-everything')).toMatchObject({ exitCode: 2 });
  });

  test.each(['rm -rf /nothing', 'npx millrace sagas show <who> a b'])('%s is not known here', async (line) => {
    await expect(stage.run(line)).rejects.toThrow('the runbook says');
  });
});
