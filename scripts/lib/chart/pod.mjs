// Runs rendered pods for real: podman takes the same objects as the kubelet. The changes that make a pod of a Deployment's
// template, and that podman 4 needs, are all in `asPod`.

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { imageName, TARGETS } from '../container/build.mjs';
import { openEngine } from '../container/engine.mjs';
import { withLock } from '../lock.mjs';
import { ensurePackages } from '../packages.mjs';
import { cacheDir } from '../paths.mjs';
import { missing } from '../prerequisites.mjs';
import { exampleValues } from './chart-files.mjs';
import { playKrypton } from './krypton-pods.mjs';
import { render } from './render.mjs';

const POD = 'crypto-broker-chart-test';
const CLIENT = `${POD}-client`;
const BROKER = `${POD}-crypto-broker`;
/** Two containers of a loaded machine. */
const START_MS = 120_000;
const NAME = 'a rendered pod runs under podman';
const KRYPTON = 'Core and Gateway run as rendered, on volumes as the kubelet hands them over';

/**
 * @param {import('../kubernetes-tools.mjs').KubernetesTools} tools
 * @param {import('../steps.mjs').Steps} steps
 * @returns {Promise<{name: string, findings: readonly string[], skipped?: string}[]>}
 */
export async function runPod(tools, steps) {
  if (process.getuid?.() !== 0) return skip('it needs root');
  await steps.step('chart-packages', 'podman', (step) => ensurePackages('chart', step, steps));
  if (missing('chart').optional.length > 0) return skip('there is no podman');
  // The store is that of the images' own test.
  return withLock(
    join(cacheDir('container'), 'lock'),
    'running a pod of the chart',
    () => steps.step('chart-pod', NAME, (step) => playOrSkip(tools, step)),
    (text) => steps.line(text),
  );
}

function skip(reason) {
  return [{ name: NAME, findings: [], skipped: reason }];
}

async function playOrSkip(tools, step) {
  const engine = openEngine();
  try {
    const absent = TARGETS.map(imageName).filter(
      (image) => engine.ask('podman', ['image', 'exists', image]).status !== 0,
    );
    if (absent.length > 0) {
      return skip(`there is no image ${absent.join(', ')}; \`npm run test:container\` builds it`);
    }
    step.begin();
    const outcomes = [{ name: NAME, findings: await findingsOf(() => play(tools, engine, step)) }];
    step.say('starting Core and Gateway');
    const krypton = await findingsOf(() => playKrypton(tools, engine, imageName));
    return [...outcomes, { name: KRYPTON, findings: krypton }];
  } finally {
    engine.close();
  }
}

/** What stops one of them is a finding, and the other still runs. */
async function findingsOf(work) {
  try {
    return await work();
  } catch (error) {
    return [error.message];
  }
}

async function play(tools, engine, step) {
  const { path } = exampleValues().find(({ name }) => name === 'plain-container');
  const objects = await render(tools, { values: path });
  const manifest = join(engine.scratch, 'pod.yaml');
  const configMaps = join(engine.scratch, 'configmaps.yaml');
  writeFileSync(manifest, stringify(asPod(objects.find(({ kind }) => kind === 'Deployment'))));
  writeFileSync(
    configMaps,
    objects
      .filter(({ kind }) => kind === 'ConfigMap')
      .map((object) => stringify(object))
      .join('---\n'),
  );
  // What a run that was killed left would have the name.
  engine.ask('podman', ['pod', 'rm', '--force', '--time', '2', POD]);
  try {
    step.say('starting the pod');
    engine.out(
      'podman',
      ['play', 'kube', '--network', 'none', '--configmap', configMaps, manifest],
      {
        timeoutMs: START_MS,
      },
    );
    return await look(engine, step);
  } finally {
    engine.ask('podman', ['pod', 'rm', '--force', '--time', '15', POD], { timeoutMs: START_MS });
  }
}

/**
 * @param {import('./objects.mjs').KubernetesObject} deployment
 * @returns {import('./objects.mjs').KubernetesObject}
 */
function asPod(deployment) {
  const { metadata, spec } = deployment.spec.template;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: POD, labels: metadata.labels },
    spec: { ...spec, restartPolicy: 'Never' },
  };
}

/** What a pod that runs must show. */
async function look(engine, step) {
  const findings = [];
  const expect = (holds, finding) => {
    if (!holds) findings.push(finding);
  };

  step.say('waiting for the hash');
  const client = await ended(engine, CLIENT);
  const logs = engine.out('podman', ['logs', CLIENT]);
  const hash = createHash('sha3-512').update('Welcome CryptoBroker').digest('hex');
  expect(client.ExitCode === 0, `the client ended with ${client.ExitCode}: ${logs}`);
  expect(logs.includes(hash), `the client did not get the hash of the chart's profile: ${logs}`);

  step.say('asking the Broker, as its probe does');
  const probe = engine.ask('podman', [
    'exec',
    BROKER,
    'cryptobroker',
    'health',
    '--deadline-ms',
    '1500',
  ]);
  expect(
    probe.status === 0 && probe.stdout.includes('SERVING'),
    `the probe fails: ${probe.stdout}${probe.stderr}`,
  );

  const status = engine.out('podman', ['exec', BROKER, 'node', '-e', READ_STATUS]);
  for (const [what, wanted] of HARDENED)
    expect(wanted.test(status), `${what}: not so in\n${status}`);

  step.say('stopping it');
  engine.out('podman', ['stop', '--time', '20', BROKER]);
  const broker = inspect(engine, BROKER);
  const lines = engine.out('podman', ['logs', BROKER]);
  expect(broker.ExitCode === 0, `the Broker ended with ${broker.ExitCode}`);
  expect(/"msg":"serving"/.test(lines), `the Broker never said that it serves:\n${lines}`);
  return findings;
}

/** Runs in the container, which has no shell. */
const READ_STATUS = `
const fs = require('fs');
console.log(fs.readFileSync('/proc/1/status', 'utf8'));
for (const path of ['/etc', '/opt']) try { fs.writeFileSync(path + '/x', ''); console.log('written ' + path) } catch (e) { console.log('refused ' + e.code) }
`;

/** @type {readonly [string, RegExp][]} */
const HARDENED = [
  ['the Broker runs as user 65532', /^Uid:\t65532\t65532\t65532\t65532$/m],
  ['it has no capabilities', /^CapEff:\t0{16}$/m],
  ['it cannot get any', /^CapBnd:\t0{16}$/m],
  ['it gains no privileges', /^NoNewPrivs:\t1$/m],
  ['system calls are filtered', /^Seccomp:\t2$/m],
  ['its root file system is read-only', /^refused EROFS\nrefused EROFS$/m],
];

/** Waits until a container has ended. */
async function ended(engine, container) {
  const deadline = performance.now() + START_MS;
  for (;;) {
    const state = inspect(engine, container);
    if (state.Status === 'exited') return state;
    if (performance.now() > deadline) throw new Error(`${container} did not end: ${state.Status}`);
    await sleep(250);
  }
}

function inspect(engine, container) {
  return JSON.parse(
    engine.out('podman', [
      'inspect',
      '--type',
      'container',
      '--format',
      '{{json .State}}',
      container,
    ]),
  );
}
