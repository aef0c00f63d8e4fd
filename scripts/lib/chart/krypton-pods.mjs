// Runs what the chart renders for Core and Gateway, with volumes as the kubelet hands them over: podman's own are root's alone, since
// it knows no fsGroup.

import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeCertificates } from '../../demo/certificates.mjs';
import { exampleValues } from './chart-files.mjs';
import { render } from './render.mjs';

const PROGRAMS = /** @type {const} */ (['core', 'gateway']);
const START_MS = 60_000;

/** Files of each Secret that the values name, by what the demonstration calls its certificates. */
const SECRETS = {
  tls: { 'tls.crt': 'core.pem', 'tls.key': 'core-key.pem', 'ca.crt': 'core-ca.pem' },
  uplink: { 'tls.crt': 'gateway.pem', 'tls.key': 'gateway-key.pem', 'ca.crt': 'core-ca.pem' },
  'kmip-0': { 'tls.crt': 'kmip.pem', 'tls.key': 'kmip-key.pem' },
  'root-secret': { 'root-secret': 'root-secret' },
};

const DECLARATIONS = [
  [
    'tenant',
    'create',
    'acme',
    '--client-ca',
    '/run/crypto-broker/client-ca.pem',
    '--rule',
    'payments=spiffe:spiffe://demo.example/payments/app-1',
  ],
  ['service', 'create', 'acme', 'payments', '--policy', 'activate-on-create=true'],
  [
    'gateway',
    'create',
    'gateway-1',
    '--identity',
    'spiffe://demo.example/gateway/gateway-1',
    '--scope',
    'acme/payments',
  ],
];

/**
 * @param {import('../kubernetes-tools.mjs').KubernetesTools} tools
 * @param {import('../container/engine.mjs').Engine} engine
 * @param {(program: string) => string} imageOf
 * @returns {Promise<string[]>} what went wrong
 */
export async function playKrypton(tools, engine, imageOf) {
  const { path } = exampleValues().find(({ name }) => name === 'krypton');
  const objects = await render(tools, { values: path });
  const contents = await contentsByName();
  const name = (program) => `crypto-broker-chart-${program}`;
  const exec = (program, ...command) => engine.ask('podman', ['exec', name(program), ...command]);
  const logs = (program) => engine.ask('podman', ['logs', name(program)]).stdout;
  const remove = () => {
    for (const program of PROGRAMS.toReversed())
      engine.ask('podman', ['rm', '--force', '--ignore', '--time', '10', name(program)]);
  };
  const ready = async (program, probe) => {
    const deadline = performance.now() + START_MS;
    for (;;) {
      const { status, stdout, stderr } = exec(program, ...probe.exec.command);
      if (status === 0) return;
      if (performance.now() > deadline || /not running|on running containers/.test(stderr)) {
        throw new Error(`${program} is not ready: ${stdout}${stderr}\n${logs(program)}`);
      }
      await sleep(250);
    }
  };

  remove();
  try {
    for (const program of PROGRAMS) {
      const pod = podOf(objects, program);
      const volumes = makeVolumes(pod, objects, contents, join(engine.scratch, program));
      engine.out('podman', [
        ...['run', '--detach', '--name', name(program)],
        // One network for both, as in a pod: they find each other at localhost.
        ...['--network', program === 'core' ? 'none' : `container:${name('core')}`],
        ...containerArguments(pod, volumes),
        imageOf(program),
        ...pod.container.args,
      ]);
      await ready(program, pod.container.readinessProbe);
      if (exec(program, ...pod.container.livenessProbe.exec.command).status !== 0) {
        return [`${program}: the liveness probe fails:\n${logs(program)}`];
      }
      for (const command of program === 'core' ? DECLARATIONS : []) {
        const { status, stderr } = exec('core', 'cryptobroker', 'core', ...command);
        if (status !== 0) return [`core ${command.join(' ')}: ${stderr}`];
      }
    }
    // What it made on its volumes at its first start must still be its own at the second.
    engine.out('podman', ['restart', '--time', '30', name('gateway')]);
    await ready('gateway', podOf(objects, 'gateway').container.readinessProbe);
    return [];
  } finally {
    remove();
  }
}

async function contentsByName() {
  /** @type {Record<string, string>} */
  const files = {};
  await makeCertificates({ write: (name, content) => ((files[name] = content), name) });
  // As `openssl rand -hex 32` writes it.
  files['root-secret'] = `${'ab'.repeat(32)}\n`;
  return files;
}

function podOf(objects, program) {
  const set = objects.find(
    ({ kind, metadata }) => kind === 'StatefulSet' && metadata.name.endsWith(`-${program}`),
  );
  const { spec } = set.spec.template;
  return { spec, container: spec.containers[0] };
}

/** Directories in the host with owner and mode as the kubelet gives them. */
function makeVolumes({ spec, container }, objects, contents, home) {
  const { fsGroup } = spec.securityContext;
  const give = (path, mode) => {
    chownSync(path, 0, fsGroup);
    chmodSync(path, mode);
  };
  return container.volumeMounts.map(({ name, mountPath, readOnly = false }) => {
    const path = join(home, name);
    mkdirSync(path, { recursive: true });
    const volume = spec.volumes.find((one) => one.name === name);
    const files =
      SECRETS[name] !== undefined
        ? Object.fromEntries(
            Object.entries(SECRETS[name]).map(([key, from]) => [key, contents[from]]),
          )
        : volume?.configMap
          ? objects.find(
              (object) =>
                object.kind === 'ConfigMap' && object.metadata.name === volume.configMap.name,
            ).data
          : name === 'run'
            ? { 'client-ca.pem': contents['client-ca.pem'] }
            : {};
    for (const [key, content] of Object.entries(files)) {
      writeFileSync(join(path, key), content);
      give(join(path, key), 0o440);
    }
    // An emptyDir is everybody's; a claim is root's and the group's.
    give(path, volume?.emptyDir ? 0o2777 : 0o2775);
    return { path, mountPath, readOnly };
  });
}

/** What a container's specification says, for `podman run`. */
function containerArguments({ spec, container }, volumes) {
  const { runAsUser, runAsGroup } = spec.securityContext;
  const values = {
    CRYPTO_BROKER_GATEWAY_CORE_ADDRESS: 'localhost:7443',
    // Two pods of a cluster have each a port of that number; here they share a network.
    ...(container.name === 'gateway' && { CRYPTO_BROKER_TELEMETRY_LISTEN: '0.0.0.0:9465' }),
  };
  return [
    ...['--user', `${runAsUser}:${runAsGroup}`, '--read-only', '--read-only-tmpfs=false'],
    ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--entrypoint', container.command[0]],
    ...container.env.flatMap(({ name, value }) => ['--env', `${name}=${values[name] ?? value}`]),
    ...volumes.flatMap(({ path, mountPath, readOnly }) => [
      '--volume',
      `${path}:${mountPath}${readOnly ? ':ro' : ''}`,
    ]),
  ];
}
