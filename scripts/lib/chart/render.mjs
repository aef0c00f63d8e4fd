// Renders the chart, and tells what helm says when it refuses.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { helm } from '../kubernetes-tools.mjs';
import { CommandError } from '../run.mjs';
import { CHART } from './chart-files.mjs';
import { parseObjects } from './objects.mjs';

/** A cluster of today, and the oldest that runs the chart with native sidecars. */
export const KUBE_VERSIONS = ['1.33.0', '1.29.0'];
/** The oldest at all. */
export const OLDEST_KUBE_VERSION = '1.27.0';

const APIS = ['monitoring.coreos.com/v1', 'cert-manager.io/v1'];

/**
 * @param {import('../kubernetes-tools.mjs').KubernetesTools} tools
 * @param {{values: string, chart?: string, kubeVersion?: string, operators?: boolean}} options values: a file; operators:
 *   whether the cluster has those of Prometheus and cert-manager
 * @returns {Promise<import('./objects.mjs').KubernetesObject[]>}
 */
export async function render(tools, { values, chart = CHART, kubeVersion, operators = true }) {
  const text = await helm(tools, [
    'template',
    'release',
    chart,
    '--namespace',
    'space',
    '--values',
    values,
    '--kube-version',
    kubeVersion ?? KUBE_VERSIONS[0],
    ...(operators ? APIS.flatMap((api) => ['--api-versions', api]) : []),
  ]);
  return parseObjects(text);
}

/**
 * The same for values given as an object.
 * @param {import('../kubernetes-tools.mjs').KubernetesTools} tools
 * @param {object} values
 * @param {{kubeVersion?: string}} [options]
 */
export async function renderValues(tools, values, options = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'crypto-broker-values-'));
  try {
    const file = join(dir, 'values.json');
    writeFileSync(file, JSON.stringify(values));
    return await render(tools, { ...options, values: file });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/**
 * What helm says to values that it must not take.
 * @param {import('../kubernetes-tools.mjs').KubernetesTools} tools
 * @param {object} values
 * @param {{kubeVersion?: string}} options
 * @returns {Promise<string | undefined>} undefined: it took them
 */
export async function refusal(tools, values, options) {
  try {
    await renderValues(tools, values, options);
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return error.tail.join('\n');
  }
}
