#!/usr/bin/env node
// Makes every generated file again, or with --check compares them. Each generator is a script of its own.

import { join } from 'node:path';
import { runAsProgram } from './lib/cli.mjs';
import { projectRoot } from './lib/paths.mjs';
import { runWithNode } from './with-node.mjs';

const HELP = `Usage: node scripts/generate.mjs [--check]

Makes the generated files, which are committed:

  src/generated                     from proto/                  (generate-proto.mjs)
  profiles/profile.schema.json      from src/profile             (generate-schema.mjs)
  docs/configuration.md             from src/config              (generate-schema.mjs)
  docs/errors.md                    from src/errors/codes.ts     (generate-errors.mjs)
  docs/metrics.md                   from src/telemetry/metrics   (generate-metrics.mjs)
  native/broker/error_statuses.inc  from src/errors/codes.ts     (generate-error-statuses.mjs)
  src/kmip/tables                   from specification.json      (generate-kmip.mjs)
  docs/kmip-coverage.md             from src/kmip, gateway, core (generate-kmip-coverage.mjs)
  deploy/observability              from scripts/observability   (generate-observability.mjs)
  docs/alerts.md                    the same

With --check it only compares, and exits 1 on a difference.`;

const GENERATORS = [
  'generate-proto.mjs',
  'generate-schema.mjs',
  'generate-errors.mjs',
  'generate-metrics.mjs',
  'generate-error-statuses.mjs',
  'generate-kmip.mjs',
  'generate-kmip-coverage.mjs',
  'generate-observability.mjs',
];

await runAsProgram(import.meta.url, HELP, { check: { type: 'boolean' } }, async ({ check }) => {
  let failed = false;
  for (const generator of GENERATORS) {
    const { code } = await runWithNode([
      join(projectRoot, 'scripts', generator),
      ...(check ? ['--check'] : []),
    ]);
    failed ||= code !== 0;
  }
  return failed ? 1 : 0;
});
