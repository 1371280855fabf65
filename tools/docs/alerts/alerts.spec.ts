import { readFileSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';

import { type AlertRule, alertRules, expressionOf } from './alert-file.ts';
import { firing } from './drill.ts';
import { drills } from './drills.ts';
import { declaredMetrics, metricsIn } from './metric-sources.ts';
import { groupingLabels, parsePromql, piecesOf, selectorOf } from './promql.ts';
import { anchorOf, runbookPages } from './runbook-pages.ts';

const rules = alertRules();
const names = rules.map(({ alert }) => alert);
const declared = declaredMetrics();

/** Of the scrape, of Prometheus itself, and of libs that measure requests; everything else must be declared by us. */
const givenLabels = ['job', 'instance', 'app'];
const givenMetrics: Readonly<Record<string, readonly string[]>> = {
  up: [],
  http_request_duration_seconds_count: ['method', 'route', 'status'],
};

/** What is wrong with the metrics and labels of a rule. */
function unknownIn(rule: AlertRule): readonly string[] {
  const expression = expressionOf(rule);
  const selectors = piecesOf(expression, 'VectorSelector').map(selectorOf);
  const labels = new Set([...givenLabels, ...selectors.flatMap(({ metric }) => labelsOf(metric) ?? [])]);
  const grouped = ['AggregateModifier', 'MatchingModifierClause'].flatMap((kind) =>
    piecesOf(expression, kind).flatMap(groupingLabels),
  );
  const shown = [...rule.annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
  return [
    ...selectors.filter(({ metric }) => labelsOf(metric) === undefined).map(({ metric }) => metric),
    ...selectors.flatMap(({ metric, matchers }) =>
      matchers
        .filter(({ label }) => ![...givenLabels, ...(labelsOf(metric) ?? [])].includes(label))
        .map(({ label }) => `${metric}{${label}}`),
    ),
    ...[...grouped, ...shown].filter((label) => !labels.has(label)),
  ];
}

function labelsOf(metric: string): readonly string[] | undefined {
  return givenMetrics[metric] ?? declared.get(metric.replace(/_(bucket|sum|count)$/, ''))?.labels;
}

describe('docs/alerts.yaml', () => {
  test.each(rules.map((rule) => [rule.alert, rule] as const))(
    'ORD-69 %s is PromQL on metrics that the sources declare, with their labels',
    (_alert, rule) => {
      expect(unknownIn(rule)).toEqual([]);
    },
  );

  test('ORD-69 each rule has a severity, a summary and a page of the runbook, and each page a rule', () => {
    for (const { labels, annotations } of rules) {
      expect(labels.severity).toMatch(/^(critical|warning)$/);
      expect(annotations.summary.length).toBeGreaterThan(10);
    }
    const pages = runbookPages();
    expect(pages.map(({ title }) => title)).toEqual(names);
    const urls = pages.map(({ title }) => `docs/runbook.md#${anchorOf(title)}`);
    expect(rules.map(({ annotations }) => annotations.runbook_url)).toEqual(urls);
    expect(new Set(names).size).toBe(names.length);
  });

  test('ORD-69 each rule has a drill', () => {
    expect([...new Set(drills.map(({ alert }) => alert))].sort()).toEqual([...names].sort());
  });

  test.each(drills.map((drill) => [drill.alert, Object.keys(drill.series).at(0) ?? 'nothing', drill] as const))(
    'ORD-69 ACC-50 %s stays quiet and then fires, for %s',
    (_alert, _series, drill) => {
      expect(firing(drill, drill.quietAt)).toEqual([]);
      expect(firing(drill, drill.firesAt)).toEqual([drill.labels ?? {}]);
    },
  );

  test('a group that somebody paused is not called slow', () => {
    const group = 'a';
    const series = {
      [`millrace_projection_lag_seconds{group="${group}"}`]: '100+0x100',
      [`millrace_group_paused{group="${group}"}`]: '1+0x40 0+0x100',
    };
    expect(firing({ alert: 'ProjectionLag', series }, '10m')).toEqual([]);
    expect(firing({ alert: 'ProjectionLag', series }, '13m')).toEqual([{ group }]);
  });

  test('no backup is late where none is scheduled, and one is that was never made', () => {
    expect(firing({ alert: 'BackupLate', series: { 'up{app="backup-scheduler"}': '1+0x8000' } }, '30h')).toEqual([]);
    const never = { 'millrace_backup_last_success_timestamp_seconds{tenant="acme"}': '0+0x8000' };
    expect(firing({ alert: 'BackupLate', series: never }, '30h')).toEqual([{ tenant: 'acme' }]);
  });
});

describe('what the check would find', () => {
  const rule = (expr: string): AlertRule => ({
    alert: 'A',
    expr,
    labels: { severity: 'critical' },
    annotations: { summary: 'Something of {{ $labels.group }}', runbook_url: '' },
  });

  test('a metric, a label and a grouping that nobody declares', () => {
    expect(unknownIn(rule('max by (group) (millrace_nothing) > 0'))).toEqual(['millrace_nothing', 'group', 'group']);
    expect(unknownIn(rule('max by (group) (millrace_projection_lag_seconds{topic="a"}) > 0'))).toEqual([
      'millrace_projection_lag_seconds{topic}',
    ]);
    expect(unknownIn(rule('max by (topic, group) (millrace_projection_lag_seconds) > 0'))).toEqual(['topic']);
  });

  test.each(['max by (group (up) > 1', 'up > > 1', 'up{a=}', ''])('%j is no PromQL', (text) => {
    expect(() => parsePromql(text)).toThrow(/no PromQL|empty/);
  });

  test('metrics are found as they are declared in the sources', () => {
    const text = readFileSync('libs/platform/sagas/src/saga-metrics.ts', 'utf8');
    expect(metricsIn('saga-metrics.ts', text).map(({ name, labels }) => [name, ...labels])).toEqual(
      expect.arrayContaining([
        ['millrace_saga_commands_total', 'saga', 'outcome'],
        ['millrace_saga_oldest_pending_command_seconds', 'saga'],
      ]),
    );
    expect(declared.get('millrace_consumer_restarts_total')?.labels).toEqual(['group']);
    expect(declared.get('millrace_slot_lag_bytes')?.labels).toEqual([]);
  });
});
