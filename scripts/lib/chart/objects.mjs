// Reading of rendered objects, for everything that judges them.

import { parseAllDocuments } from 'yaml';

/**
 * @typedef {Record<string, any>} KubernetesObject
 * @typedef {{where: string, labels: Record<string, string>, spec: any, metadata: any}} RenderedPod
 */

/** @param {string} text what `helm template` wrote @returns {KubernetesObject[]} */
export function parseObjects(text) {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    const value = document.toJS();
    return value === null || value === undefined ? [] : [value];
  });
}

/** @param {KubernetesObject} object @returns {string} for people */
export function nameOf(object) {
  return `${object.kind} ${object.metadata?.name}`;
}

/** @param {KubernetesObject} object @returns {RenderedPod | undefined} the pod that it is, or that it makes */
export function podOf(object) {
  const template =
    object.kind === 'Pod'
      ? object
      : object.kind === 'CronJob'
        ? object.spec.jobTemplate.spec.template
        : ['Deployment', 'DaemonSet', 'StatefulSet', 'Job'].includes(object.kind)
          ? object.spec.template
          : undefined;
  if (template === undefined) return undefined;
  return {
    where: nameOf(object),
    labels: template.metadata?.labels ?? {},
    metadata: template.metadata ?? {},
    spec: template.spec,
  };
}

/** @param {any} spec of a pod @returns {any[]} every container of it */
export function containersOf(spec) {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
}

/** Whether an init container goes on running beside the others. */
export function isSidecar(container) {
  return container.restartPolicy === 'Always';
}
