// Writes deploy/observability (Grafana dashboards, Prometheus alert rules), their copies in the Helm chart, which can read nothing
// outside itself, and docs/alerts.md.
//
//   node scripts/with-node.mjs scripts/generate-observability.mjs [--check]

import { join } from 'node:path';
import { stringify } from 'yaml';
import { writeOrCheck } from './lib/generated-file.mjs';
import { projectRoot } from './lib/paths.mjs';
import { ALERT_GROUPS } from './observability/alerts.mjs';
import { brokerDashboard } from './observability/broker-dashboard.mjs';
import { coreDashboard } from './observability/core-dashboard.mjs';
import { gatewayDashboard } from './observability/gateway-dashboard.mjs';

const PLACES = [
  join(projectRoot, 'deploy', 'observability'),
  join(projectRoot, 'deploy', 'kubernetes', 'crypto-broker', 'files'),
];

for (const dashboard of [brokerDashboard, gatewayDashboard, coreDashboard]) {
  for (const place of PLACES) {
    const path = join(place, 'dashboards', `${dashboard.uid}.json`);
    writeOrCheck(path, `${JSON.stringify(dashboard, null, 2)}\n`);
  }
}

const rules = {
  groups: ALERT_GROUPS.map(({ name, rules: alerts }) => ({
    name,
    rules: alerts.map((rule) => ({
      alert: rule.alert,
      expr: rule.expr,
      ...(rule.for !== '0m' && { for: rule.for }),
      labels: { severity: rule.severity },
      annotations: { summary: rule.summary, description: `${rule.meaning} ${rule.action}` },
    })),
  })),
};
for (const place of PLACES) {
  writeOrCheck(
    join(place, 'alerts', 'crypto-broker.rules.yaml'),
    `# Made by scripts/generate-observability.mjs from scripts/observability/alerts.mjs.\n${stringify(rules, { lineWidth: 0 })}`,
  );
}

const INTRO = `# Alerts

<!-- Made by scripts/generate-observability.mjs from scripts/observability/alerts.mjs. Change them there. -->

The rules are in [deploy/observability/alerts](../deploy/observability/alerts); the metrics they are made of are in
[metrics.md](metrics.md). \`page\` is for now, \`ticket\` for the morning.
`;

const sections = ALERT_GROUPS.map(({ name, rules: alerts }) =>
  [
    `## ${name}\n`,
    ...alerts.map((rule) =>
      [
        `### ${rule.alert}\n`,
        `${rule.severity === 'page' ? 'Page' : 'Ticket'}${rule.for === '0m' ? '' : `, after ${rule.for}`}.\n`,
        `\`\`\`promql\n${rule.expr}\n\`\`\`\n`,
        `${rule.meaning}\n`,
        `**First:** ${rule.action}\n`,
      ].join('\n'),
    ),
  ].join('\n'),
);
writeOrCheck(join(projectRoot, 'docs', 'alerts.md'), [INTRO, ...sections].join('\n'));
