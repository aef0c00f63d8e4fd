// Writes docs/metrics.md from the catalogue in src/telemetry/metrics/catalogue.ts. Needs Node 24 (type stripping).
//
//   node scripts/with-node.mjs scripts/generate-metrics.mjs [--check]

import { join } from 'node:path';
import { METRICS } from '../src/telemetry/metrics/catalogue.ts';
import { writeOrCheck } from './lib/generated-file.mjs';
import { projectRoot } from './lib/paths.mjs';

const INTRO = `# Metrics

<!-- Made by scripts/generate-metrics.mjs from src/telemetry/metrics/catalogue.ts. Change the table there. -->

Every metric that the programs expose, by Prometheus and by OpenTelemetry alike under the same name. How to turn them on is in
[telemetry.md](telemetry.md), what to be alarmed by in [alerts.md](alerts.md).

Counters begin at zero with the program. A metric has at most 500 series: what would be one more is counted in a series whose
labels are all \`other\`. A histogram is \`NAME_bucket\`, \`NAME_sum\` and \`NAME_count\` in Prometheus.
`;

const SECTIONS = [
  [
    'Every program',
    ['server', 'gateway', 'core'],
    'What `cryptobroker server`, `gateway` and `core` all have.',
  ],
  [
    'The Broker',
    ['server'],
    '`cryptobroker server`. The names down to `crypto_operation_bytes_processed_total` are those of the Open Crypto Broker.',
  ],
  ['Gateway and Core', ['gateway', 'core'], '`cryptobroker gateway` and `cryptobroker core`.'],
  ['The Gateway', ['gateway'], '`cryptobroker gateway`.'],
  ['The Core', ['core'], '`cryptobroker core`.'],
];

const UNITS = { s: 'seconds', By: 'bytes' };

const row = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

/** The table of the metrics that exactly these programs have. */
function table(programs) {
  const lines = [
    row(['name', 'kind', 'unit', 'labels', 'what it says']),
    row(['---', '---', '---', '---', '---']),
  ];
  for (const [name, { kind, unit, labels, help, programs: own }] of Object.entries(METRICS)) {
    if (own.join() !== programs.join()) continue;
    const labelNames = labels.map((label) => `\`${label}\``).join(' ');
    lines.push(row([`\`${name}\``, kind, UNITS[unit] ?? '', labelNames, help]));
  }
  return lines.length > 2 ? lines.join('\n') : undefined;
}

/** Histograms by their classes. */
function bounds() {
  const byBounds = new Map();
  for (const [name, { bounds: upper }] of Object.entries(METRICS)) {
    if (upper === undefined) continue;
    const key = upper.join(', ');
    byBounds.set(key, [...(byBounds.get(key) ?? []), `\`${name}\``]);
  }
  return [...byBounds].map(([upper, names]) => `- ${names.join(', ')}: ${upper}`).join('\n');
}

const listed = new Set(SECTIONS.map(([, programs]) => programs.join()));
for (const [name, { programs }] of Object.entries(METRICS)) {
  if (!listed.has(programs.join()))
    throw new Error(`no section for the programs of ${name}: ${programs.join()}`);
}

const sections = SECTIONS.flatMap(([title, programs, text]) => {
  const metrics = table(programs);
  return metrics === undefined ? [] : [`## ${title}\n\n${text}\n\n${metrics}\n`];
});

const document = [
  INTRO,
  ...sections,
  `## Upper bounds of the histograms

In seconds. Each has one class more, for what is beyond the last bound.

${bounds()}
`,
].join('\n');

writeOrCheck(join(projectRoot, 'docs', 'metrics.md'), document);
