// Everything that can be said of the chart without running it. Each check is a name and what it found.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { helm } from '../kubernetes-tools.mjs';
import { capture, CommandError } from '../run.mjs';
import { CHART, CHARTS, exampleValues, staleCopies } from './chart-files.mjs';
import { MISTAKES } from './mistakes.mjs';
import { modelFindings, unknownFields } from './model-check.mjs';
import { nameOf, parseObjects } from './objects.mjs';
import { policyFindings } from './policy.mjs';
import { KUBE_VERSIONS, OLDEST_KUBE_VERSION, refusal, render, renderValues } from './render.mjs';
import { withValuesTable } from './values-table.mjs';
import { wiringFindings } from './wiring.mjs';

/**
 * @typedef {import('../kubernetes-tools.mjs').KubernetesTools} KubernetesTools
 * @typedef {{name: string, findings: readonly string[]}} Outcome
 */

/** The one set of values that needs what Pod Security restricted forbids. */
const ON_THE_HOST = 'node';
/** The one set for clusters without native sidecars. */
const WITHOUT_SIDECARS = 'plain-container';

/**
 * @param {KubernetesTools} tools
 * @param {(text: string) => void} say
 * @returns {Promise<Outcome[]>}
 */
export async function chartChecks(tools, say) {
  const outcomes = [
    { name: "the README's table of values is that of values.yaml", findings: staleReadme() },
    { name: 'dashboards and alerts are those of deploy/observability', findings: staleCopies() },
  ];
  /** @type {import('./objects.mjs').KubernetesObject[]} */
  const everything = [];
  const add = async (name, check) => {
    say(name);
    outcomes.push({ name, findings: await guarded(check) });
  };
  for (const { name, path } of exampleValues()) {
    await add(`${name}: helm lint`, () => lint(tools, CHART, path));
    await add(`${name}: objects`, async () => {
      const objects = await render(tools, { values: path });
      everything.push(...objects);
      return [
        ...(await objectFindings(objects, name)),
        ...(await variants(tools, path, name, objects)),
      ];
    });
  }
  await add('a chart of your own uses the templates', async () => {
    const { objects, findings } = await dependentChart(tools);
    everything.push(...objects);
    return [...findings, ...(await objectFindings(objects, 'dependent'))];
  });
  await add('no object has a field that Kubernetes does not know', () => unknownFields(everything));
  await add('kubectl reads every object', () => kubectlFindings(tools));
  await add('a changed profile replaces the pods', () => checksumFindings(tools));
  await add('the packaged chart has all it needs and no more', () => packageFindings(tools));
  for (const { name, values, says, kubeVersion } of MISTAKES) {
    await add(`refused: ${name}`, async () => {
      const answer = await refusal(tools, values, kubeVersion ? { kubeVersion } : {});
      if (answer === undefined) return ['helm took it'];
      return says.test(answer) ? [] : [`helm says something else than ${says}:\n${answer}`];
    });
  }
  return outcomes;
}

/** A command that fails is a finding. */
async function guarded(check) {
  try {
    return await check();
  } catch (error) {
    if (error instanceof CommandError) return [`${error.message}\n${error.tail.join('\n')}`];
    return [error.stack ?? String(error)];
  }
}

function staleReadme() {
  const readme = readFileSync(join(CHART, 'README.md'), 'utf8');
  return withValuesTable(readme) === readme
    ? []
    : ['it is not: node scripts/test-chart.mjs --update'];
}

async function lint(tools, chart, values) {
  const answer = await helm(tools, ['lint', '--strict', chart, '--values', values]);
  return answer.split('\n').filter((line) => /\[(WARNING|ERROR)\]/.test(line));
}

async function objectFindings(objects, name) {
  const found = await Promise.all(objects.map(modelFindings));
  const allowed = (object) => ({ hostPath: name === ON_THE_HOST && object.kind === 'DaemonSet' });
  return [
    ...found.flat(),
    ...objects.flatMap((object) => policyFindings(object, allowed(object))),
    ...wiringFindings(objects),
    ...(objects.length === 0 ? ['nothing was rendered'] : []),
  ];
}

/** Rendering is the same each time, fits older clusters, and leaves out what a cluster does not know. */
async function variants(tools, path, name, objects) {
  const again = await render(tools, { values: path });
  const older = await render(tools, {
    values: path,
    kubeVersion: name === WITHOUT_SIDECARS ? OLDEST_KUBE_VERSION : KUBE_VERSIONS[1],
  });
  const bare = await render(tools, { values: path, operators: false });
  return [
    ...(isDeepStrictEqual(again, objects) ? [] : ['two renderings differ']),
    ...(older.length === objects.length ? [] : ['an older cluster gets other objects']),
    ...(JSON.stringify(older).includes('"sleep"')
      ? ['an older cluster gets a hook it does not know']
      : []),
    ...bare
      .filter(({ apiVersion }) => apiVersion.startsWith('monitoring.coreos.com'))
      .map((object) => `${nameOf(object)} where nobody knows its API`),
  ];
}

/** The example chart that depends on ours, with the dependency packed as helm does it. */
async function dependentChart(tools) {
  const dir = mkdtempSync(join(tmpdir(), 'crypto-broker-chart-'));
  try {
    cpSync(CHARTS, dir, { recursive: true });
    const chart = join(dir, 'examples', 'application');
    await helm(tools, ['dependency', 'build', chart]);
    const values = join(chart, 'values.yaml');
    const findings = await lint(tools, chart, values);
    return { findings, objects: await render(tools, { chart, values }) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Another reader of the same YAML, and the one that people use. */
async function kubectlFindings(tools) {
  const dir = mkdtempSync(join(tmpdir(), 'crypto-broker-kubectl-'));
  try {
    const findings = [];
    for (const { name, path } of exampleValues()) {
      const objects = await render(tools, { values: path });
      writeFileSync(
        join(dir, 'objects.yaml'),
        objects.map((object) => stringify(object)).join('---\n'),
      );
      writeFileSync(join(dir, 'kustomization.yaml'), 'resources: [objects.yaml]\n');
      const env = { PATH: process.env.PATH, HOME: dir };
      const read = parseObjects(capture(tools.kubectl, ['kustomize', dir], { env }) ?? '');
      if (read.length !== objects.length) {
        findings.push(`${name}: kubectl reads ${read.length} of ${objects.length} objects`);
      }
    }
    return findings;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function checksumFindings(tools) {
  const annotations = async (hash, level) => {
    const objects = await renderValues(tools, {
      image: { repository: 'registry.example/crypto-broker' },
      profiles: { content: `Profiles: {Hash: ${hash}}` },
      broker: { settings: { log: { level } } },
      application: {
        enabled: true,
        containers: [{ name: 'app', image: 'registry.example/app:1' }],
      },
    });
    return objects.find(({ kind }) => kind === 'Deployment').spec.template.metadata.annotations;
  };
  const first = await annotations('sha-256', 'info');
  const same = await annotations('sha-256', 'info');
  const profile = await annotations('sha-512', 'info');
  const setting = await annotations('sha-256', 'warn');
  return [
    ...(isDeepStrictEqual(first, same) ? [] : ['pods are replaced though nothing has changed']),
    ...(first['checksum/profiles'] === profile['checksum/profiles']
      ? ['pods stay when a profile has changed']
      : []),
    ...(first['checksum/settings'] === setting['checksum/settings']
      ? ['pods stay when a setting has changed']
      : []),
  ];
}

const PACKED = [
  'Chart.yaml',
  'README.md',
  'values.yaml',
  'values.schema.json',
  'templates/NOTES.txt',
  'templates/_broker.tpl',
];

async function packageFindings(tools) {
  const dir = mkdtempSync(join(tmpdir(), 'crypto-broker-package-'));
  try {
    await helm(tools, ['package', CHART, '--destination', dir]);
    const [archive] = readdirSync(dir);
    const names = (capture('tar', ['-tzf', join(dir, archive)]) ?? '').split('\n');
    return [
      ...PACKED.filter((name) => !names.includes(`crypto-broker/${name}`)).map(
        (name) => `${name} is not in it`,
      ),
      ...names.filter((name) => /\/ci\//.test(name)).map((name) => `${name} is in it`),
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
