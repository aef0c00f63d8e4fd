import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../../support/programs.ts';

/** What is shipped for Grafana and Prometheus, and the expressions in it. */

const OBSERVABILITY = join(ROOT, 'deploy', 'observability');

export interface Expression {
  /** Where it is used: `krypton-gateway.json: Outbox`. */
  readonly where: string;
  readonly expr: string;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly templating: { readonly list: readonly { name: string; query: unknown }[] };
  readonly panels: readonly DashboardPanel[];
}

/** The program that each dashboard is about. */
export const PROGRAM_OF: Readonly<Record<string, 'server' | 'gateway' | 'core'>> = {
  'crypto-broker': 'server',
  'krypton-gateway': 'gateway',
  'krypton-core': 'core',
};

export interface DashboardPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

export function dashboards(): Dashboard[] {
  return globSync('dashboards/*.json', { cwd: OBSERVABILITY })
    .sort()
    .map((path) => JSON.parse(readFileSync(join(OBSERVABILITY, path), 'utf8')) as Dashboard);
}

export const RULES_FILE = join(OBSERVABILITY, 'alerts', 'crypto-broker.rules.yaml');

export function alertRules(): AlertRule[] {
  const file = parse(readFileSync(RULES_FILE, 'utf8')) as {
    groups: readonly { rules: readonly AlertRule[] }[];
  };
  return file.groups.flatMap(({ rules }) => rules);
}

/** With what a person chose put in, as Grafana does; by default every instance there is. */
export function chosen(expr: string, instance = '.*'): string {
  return expr.replaceAll('$instance', instance).replaceAll('$__rate_interval', '1m');
}

function panelExpressions({ uid, panels }: Dashboard): Expression[] {
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ where: `${uid}: ${title}`, expr: chosen(expr) })),
  );
}

export function allExpressions(): Expression[] {
  return [
    ...dashboards().flatMap(panelExpressions),
    ...alertRules().map(({ alert, expr }) => ({ where: alert, expr })),
  ];
}
