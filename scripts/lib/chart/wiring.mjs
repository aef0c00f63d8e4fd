// Whether the objects of one render fit each other: selectors, ports, volumes, ConfigMaps, accounts.

import { containersOf, nameOf, podOf } from './objects.mjs';

/**
 * @param {import('./objects.mjs').KubernetesObject[]} objects of one render
 * @returns {string[]} what does not fit
 */
export function wiringFindings(objects) {
  const pods = objects.flatMap((object) => podOf(object) ?? []);
  return [
    ...duplicates(objects),
    ...objects.flatMap((object) => selectorFindings(object, pods)),
    ...pods.flatMap((pod) => podWiring(pod, objects)),
  ];
}

function duplicates(objects) {
  const names = objects.map(nameOf);
  return names
    .filter((name, index) => names.indexOf(name) !== index)
    .map((name) => `${name} is there twice`);
}

function selectorFindings(object, pods) {
  const { spec = {} } = object;
  const wanted = {
    Service: spec.selector,
    NetworkPolicy: spec.podSelector?.matchLabels,
    PodDisruptionBudget: spec.selector?.matchLabels,
    Deployment: spec.selector?.matchLabels,
    DaemonSet: spec.selector?.matchLabels,
    StatefulSet: spec.selector?.matchLabels,
  }[object.kind];
  if (wanted === undefined) return [];
  const chosen = pods.filter(({ labels }) => includes(labels, wanted));
  if (chosen.length !== 1) {
    return [
      `${nameOf(object)} selects ${chosen.map(({ where }) => where).join(', ') || 'no pods'}`,
    ];
  }
  if (['Deployment', 'DaemonSet', 'StatefulSet'].includes(object.kind) && wanted['helm.sh/chart']) {
    return [`${nameOf(object)}: its selector holds a version, which cannot be changed later`];
  }
  return portFindings(object, chosen[0]);
}

/** Named ports must be ports of the pod. */
function portFindings(object, pod) {
  const ports = containersOf(pod.spec).flatMap(({ ports = [] }) => ports.map(({ name }) => name));
  const used =
    object.kind === 'Service'
      ? object.spec.ports.map(({ targetPort }) => targetPort)
      : object.kind === 'NetworkPolicy'
        ? (object.spec.ingress ?? []).flatMap(({ ports = [] }) => ports.map(({ port }) => port))
        : [];
  return used
    .filter((port) => typeof port === 'string' && !ports.includes(port))
    .map((port) => `${nameOf(object)}: the pod has no port ${port}`);
}

function podWiring({ where, spec }, objects) {
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]));
  const claims = objects
    .filter((object) => nameOf(object) === where)
    .flatMap((object) =>
      (object.spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name),
    );
  const mounted = containersOf(spec).flatMap(({ volumeMounts = [] }) => volumeMounts);
  const has = (kind, name) =>
    objects.some((object) => object.kind === kind && object.metadata.name === name);
  return [
    ...mounted
      .filter(({ name }) => !volumes.has(name) && !claims.includes(name))
      .map(({ name }) => `${where}: there is no volume ${name}`),
    ...[...volumes.keys(), ...claims]
      .filter((name) => !mounted.some((mount) => mount.name === name))
      .map((name) => `${where}: nobody mounts the volume ${name}`),
    ...[...volumes.values()]
      .filter(({ configMap }) => configMap && !has('ConfigMap', configMap.name))
      .map(({ configMap }) => `${where}: there is no ConfigMap ${configMap.name}`),
    ...(spec.serviceAccountName && !has('ServiceAccount', spec.serviceAccountName)
      ? [`${where}: there is no ServiceAccount ${spec.serviceAccountName}`]
      : []),
    ...containersOf(spec).flatMap((container) => containerWiring(container, where)),
  ];
}

function containerWiring({ name, env = [], volumeMounts = [], ports = [], ...container }, where) {
  const places = volumeMounts.map(({ mountPath }) => mountPath);
  const names = env.map((variable) => variable.name);
  const probed = ['startupProbe', 'livenessProbe', 'readinessProbe']
    .map((probe) => container[probe]?.httpGet?.port)
    .filter((port) => typeof port === 'string');
  return [
    ...repeated(places).map((path) => `${where}: container ${name} mounts twice at ${path}`),
    ...repeated(names).map((variable) => `${where}: container ${name} has ${variable} twice`),
    ...probed
      .filter((port) => !ports.some((own) => own.name === port))
      .map((port) => `${where}: container ${name} is probed at ${port}, which it has not`),
  ];
}

function repeated(values) {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

function includes(labels, wanted) {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}
