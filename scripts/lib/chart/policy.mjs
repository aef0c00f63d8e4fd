// What must hold for every object that the chart renders: the Pod Security Standard "restricted", and what we ask for
// beyond it. Says nothing about where an object came from, so that its own tests can hand it bad ones.

import { containersOf, isSidecar, nameOf, podOf } from './objects.mjs';

/** Volume types of the standard. */
const VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/** What looks like a key or a credential, wherever it stands in text that everybody may read. */
const SECRET_TEXT = /-----BEGIN [A-Z ]*PRIVATE KEY-----|\b[0-9a-fA-F]{64}\b|\bBearer [\w.~+/-]{8,}/;
const SECRET_NAME = /(SECRET|PASSWORD|PASSPHRASE|TOKEN|AUTHORIZATION|PRIVATE_KEY)$/;

/**
 * @param {import('./objects.mjs').KubernetesObject} object
 * @param {{hostPath?: boolean}} [allowed] hostPath: this one pod may have the one that it is made for
 * @returns {string[]} what is wrong with it
 */
export function policyFindings(object, { hostPath = false } = {}) {
  const pod = podOf(object);
  const findings = [
    ...(pod ? podFindings(pod.spec, hostPath) : []),
    ...(pod && object.kind !== 'CronJob' && object.kind !== 'Job' && !isOneShot(object)
      ? probeFindings(pod.spec)
      : []),
    ...objectFindings(object),
  ];
  return findings.map((finding) => `${nameOf(object)}: ${finding}`);
}

/** A pod that is to end has nothing to ask for. */
function isOneShot(object) {
  return object.kind === 'Pod' && object.spec.restartPolicy === 'Never';
}

function podFindings(spec, hostPath) {
  const security = spec.securityContext ?? {};
  return [
    ...['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace']
      .filter((key) => spec[key])
      .map((key) => `${key} is on`),
    ...require(spec.automountServiceAccountToken ===
      false, 'automountServiceAccountToken is not false'),
    ...require(spec.enableServiceLinks === false, 'enableServiceLinks is not false'),
    ...require((security.sysctls ?? []).length === 0, 'it sets sysctls'),
    ...require(security.runAsUser !== 0 && security.runAsGroup !== 0, 'it runs as root'),
    ...(spec.volumes ?? []).flatMap((volume) => volumeFindings(volume, hostPath)),
    ...containersOf(spec).flatMap((container) =>
      [
        ...containerFindings(container, security),
        ...scratchFindings(container, spec.volumes ?? []),
      ].map((finding) => `container ${container.name}: ${finding}`),
    ),
  ];
}

/** Node's own TLS needs a second copy of fips.so, and the image has one for its own user alone. */
function scratchFindings({ command, args = [], env = [], volumeMounts = [] }, volumes) {
  if (command?.[0] !== 'cryptobroker' || !['server', 'gateway', 'core'].includes(args[0]))
    return [];
  const directory = env.find(({ name }) => name === 'TMPDIR')?.value ?? '/tmp';
  const mount = volumeMounts.find(({ mountPath }) => mountPath === directory);
  const volume = volumes.find(({ name }) => name === mount?.name);
  return require(volume?.emptyDir !== undefined, `nothing can be written in ${directory}`);
}

function volumeFindings(volume, hostPath) {
  const [type = 'none'] = Object.keys(volume).filter((key) => key !== 'name');
  if (type === 'hostPath' && hostPath) {
    return require(volume.hostPath.type ===
      'Directory', `volume ${volume.name} would be made on the host`);
  }
  return [
    ...require(VOLUMES.includes(type), `volume ${volume.name} is of the type ${type}`),
    ...require(type !== 'emptyDir' ||
      volume.emptyDir.sizeLimit !== undefined, `volume ${volume.name} has no size limit`),
    ...require(type !== 'secret' ||
      (volume.secret.defaultMode & 0o007) === 0, `volume ${volume.name} lets others read a secret`),
  ];
}

function containerFindings(container, pod) {
  const security = container.securityContext ?? {};
  const { requests = {}, limits = {} } = container.resources ?? {};
  const profile = (security.seccompProfile ?? pod.seccompProfile)?.type;
  return [
    ...require((security.runAsNonRoot ?? pod.runAsNonRoot) === true, 'runAsNonRoot is not true'),
    ...require(security.runAsUser !== 0 && security.runAsGroup !== 0, 'it runs as root'),
    ...require(security.allowPrivilegeEscalation ===
      false, 'allowPrivilegeEscalation is not false'),
    ...require(security.privileged !== true, 'it is privileged'),
    ...require(security.readOnlyRootFilesystem === true, 'its root file system can be written'),
    ...require(['Default', undefined].includes(security.procMount), 'procMount is not Default'),
    ...require((security.capabilities?.drop ?? []).includes(
      'ALL',
    ), 'it does not drop all capabilities'),
    ...require((security.capabilities?.add ?? []).length === 0, 'it adds capabilities'),
    ...require(['RuntimeDefault', 'Localhost'].includes(profile), 'no seccomp profile'),
    ...require(!(container.ports ?? []).some(
      ({ hostPort }) => hostPort,
    ), 'it takes a port of the host'),
    ...require(requests.cpu !== undefined &&
      requests.memory !== undefined, 'no requests of cpu and memory'),
    ...require(limits.memory !== undefined, 'no limit of memory'),
    ...require(/(:(?!latest$)[\w.-]+|@sha256:[0-9a-f]{64})$/.test(
      container.image ?? '',
    ), 'its image has no tag but latest'),
    ...require(container.command?.[0] !== 'sh', 'it needs a shell'),
    ...(container.env ?? []).flatMap(envFindings),
  ];
}

function envFindings({ name, value }) {
  return [
    ...require(value === undefined ||
      !SECRET_NAME.test(name), `a secret is written out in ${name}`),
    ...require(!SECRET_TEXT.test(value ?? ''), `something like a key is written out in ${name}`),
  ];
}

/** A container that goes on is asked whether it lives and whether it is ready, and no oftener than a process each time bears. */
function probeFindings(spec) {
  const going = [...(spec.initContainers ?? []).filter(isSidecar), ...(spec.containers ?? [])];
  return going.flatMap((container) => [
    ...['livenessProbe', 'readinessProbe']
      .filter((probe) => container[probe] === undefined)
      .map((probe) => `container ${container.name}: no ${probe}`),
    ...['livenessProbe', 'readinessProbe']
      .filter((probe) => container[probe]?.exec && (container[probe].periodSeconds ?? 10) < 5)
      .map((probe) => `container ${container.name}: ${probe} starts a process every few seconds`),
    ...['startupProbe', 'livenessProbe']
      .filter((probe) => container[probe]?.exec?.command.includes('--ready'))
      .map(
        (probe) =>
          `container ${container.name}: ${probe} would restart it for what a restart does not mend`,
      ),
    ...['startupProbe', 'livenessProbe', 'readinessProbe']
      .filter((probe) => container[probe]?.exec && (container[probe].timeoutSeconds ?? 1) < 2)
      .map(
        (probe) => `container ${container.name}: ${probe} gives a process too little time to start`,
      ),
  ]);
}

function objectFindings(object) {
  switch (object.kind) {
    case 'ConfigMap':
      return Object.entries({ ...object.data, ...object.binaryData })
        .filter(([, text]) => SECRET_TEXT.test(text))
        .map(([key]) => `something like a key is in ${key}`);
    case 'Secret':
      return [
        'the chart has no business making Secrets: they would be in the release, and in who knows whose values',
      ];
    case 'ServiceAccount':
      return require(object.automountServiceAccountToken === false, 'its token is mounted');
    case 'Pod':
      // Helm 3 reads the log of a test when its pod has been removed already.
      return require(!object.metadata.annotations?.['helm.sh/hook-delete-policy']?.includes(
        'hook-succeeded',
      ), 'helm test --logs would fail when the test has succeeded');
    case 'StatefulSet':
      return [
        // With OrderedReady a pod that never becomes ready keeps the one that would from taking its place.
        ...require(object.spec.podManagementPolicy ===
          'Parallel', 'a pod that does not start would not be replaced'),
        ...(object.spec.volumeClaimTemplates ?? [])
          .filter(({ spec }) => !spec.accessModes.every((mode) => mode.startsWith('ReadWriteOnce')))
          .map(({ metadata }) => `the volume ${metadata.name} can be written by several`),
      ];
    case 'ClusterRole':
    case 'ClusterRoleBinding':
    case 'Role':
    case 'RoleBinding':
      return ['nothing here needs the Kubernetes API'];
    default:
      return [];
  }
}

function require(holds, finding) {
  return holds ? [] : [finding];
}
