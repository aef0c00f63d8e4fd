#!/usr/bin/env node
// `npm run test:chart`: everything about the Helm chart that can be proved without a cluster.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHART } from './lib/chart/chart-files.mjs';
import { runAsProgram } from './lib/cli.mjs';
import { kubernetesTools } from './lib/kubernetes-tools.mjs';
import { prepareCheckout } from './lib/prepared-checkout.mjs';
import { Steps, explain } from './lib/steps.mjs';

const HELP = `Usage: node scripts/test-chart.mjs [--no-pod] [--update]

Checks the chart in deploy/kubernetes/crypto-broker with the helm and kubectl of a development dependency: lint and rendering of
every example in ci/ and of a chart that depends on it, every object against the Kubernetes API's schemas and against Pod
Security "restricted", mistakes in values that must be refused with the reason. Then podman runs a rendered pod, and Core and Gateway as
rendered, with the images that \`npm run test:container\` builds.

  --no-pod    everything but that: half a minute at most, and no root
  --update    writes the README's table of values
  --help      this text

Ends with \`N passed, N failed, N skipped\`.`;

/**
 * @param {{steps?: Steps, pod?: boolean}} [options]
 * @returns {Promise<{passed: number, failed: number, skipped: number}>}
 */
async function testChart({ steps = new Steps(), pod = true } = {}) {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  try {
    const tools = await steps.step('kubernetes-tools', 'helm and kubectl', kubernetesTools);
    if (tools === undefined) {
      steps.warn(
        `the chart is SKIPPED: there are no helm and kubectl for ${process.platform} on ${process.arch}`,
      );
      return { ...tally, skipped: 1 };
    }
    // Not at the top: what needs packages is there once the checkout is set up.
    const { chartChecks } = await import('./lib/chart/checks.mjs');
    const outcomes = await steps.step('chart', 'the chart renders as it must', async (step) => {
      step.begin();
      const all = await chartChecks(tools, (text) => step.say(text));
      step.result = `${all.length} checks`;
      return all;
    });
    if (pod) {
      const { runPod } = await import('./lib/chart/pod.mjs');
      outcomes.push(...(await runPod(tools, steps)));
    }
    for (const { name, findings, skipped } of outcomes) {
      if (skipped) {
        steps.warn(`${name} is SKIPPED: ${skipped}`);
        tally.skipped += 1;
      } else if (findings.length === 0) {
        tally.passed += 1;
      } else {
        tally.failed += 1;
        steps.line(`✗ ${name}`);
        for (const finding of findings) steps.line(`    ${finding.replaceAll('\n', '\n    ')}`);
      }
    }
  } catch (error) {
    explain(error);
    tally.failed += 1;
  }
  return tally;
}

async function update() {
  const { withValuesTable } = await import('./lib/chart/values-table.mjs');
  const path = join(CHART, 'README.md');
  writeFileSync(path, withValuesTable(readFileSync(path, 'utf8')));
}

await runAsProgram(
  import.meta.url,
  HELP,
  { 'no-pod': { type: 'boolean' }, update: { type: 'boolean' } },
  async (options) => {
    const elsewhere = await prepareCheckout(import.meta.url);
    if (elsewhere !== undefined) return elsewhere;
    if (options.update) {
      await update();
      return 0;
    }
    const { passed, failed, skipped } = await testChart({ pod: !options['no-pod'] });
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
    return failed === 0 ? 0 : 1;
  },
);
