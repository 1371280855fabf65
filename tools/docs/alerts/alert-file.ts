import { readFileSync } from 'node:fs';

import { parse } from 'yaml';

import { type Expression, parsePromql } from './promql.ts';

/** One alert of `docs/alerts.yaml`. */
export type AlertRule = {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
};

/** Groups of rules as Prometheus loads them. */
export type AlertFile = { readonly groups: readonly { readonly name: string; readonly rules: readonly AlertRule[] }[] };

const file = new URL('../../../docs/alerts.yaml', import.meta.url);

/** The rules of `docs/alerts.yaml`, in their order. */
export function alertRules(): readonly AlertRule[] {
  const { groups } = parse(readFileSync(file, 'utf8')) as AlertFile;
  return groups.flatMap(({ rules }) => rules);
}

/** A rule by its name. */
export function alertRule(name: string): AlertRule {
  const rule = alertRules().find(({ alert }) => alert === name);
  if (!rule) throw new Error(`docs/alerts.yaml has no ${name}`);
  return rule;
}

/** The expression of a rule. @throws Error that names the rule and the place */
export function expressionOf({ alert, expr }: AlertRule): Expression {
  try {
    return parsePromql(expr);
  } catch (cause) {
    throw new Error(`${alert}: ${(cause as Error).message}`, { cause });
  }
}
