/**
 * Prints the drills as a test file of Prometheus' own tool, to see that it agrees with the evaluator of this folder:
 *
 *     node tools/docs/alerts/promtool-file.ts > alerts.test.yaml && promtool test rules alerts.test.yaml
 */
import { fileURLToPath } from 'node:url';

import { stringify } from 'yaml';

import { alertRule } from './alert-file.ts';
import { type Drill, INTERVAL_SECONDS } from './drill.ts';
import { drills } from './drills.ts';

function testOf({ alert, series, quietAt, firesAt, labels = {} }: Drill) {
  const rule = alertRule(alert);
  const filled = Object.entries(rule.annotations).map(([name, text]) => [
    name,
    text.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_all, label: string) => labels[label] ?? ''),
  ]);
  const expected = { exp_labels: { ...labels, ...rule.labels }, exp_annotations: Object.fromEntries(filled) as object };
  return {
    interval: `${INTERVAL_SECONDS}s`,
    input_series: Object.entries(series).map(([selector, values]) => ({ series: selector, values })),
    alert_rule_test: [
      { eval_time: quietAt, alertname: alert, exp_alerts: [] },
      { eval_time: firesAt, alertname: alert, exp_alerts: [expected] },
    ],
  };
}

const rules = fileURLToPath(new URL('../../../docs/alerts.yaml', import.meta.url));
const file = { rule_files: [rules], evaluation_interval: `${INTERVAL_SECONDS}s`, tests: drills.map(testOf) };
process.stdout.write(stringify(file));
