// Whether objects are what the Kubernetes API takes: values by the schemas of kubernetes-models, names of fields by its types,
// since the schemas let unknown fields pass, and a field with a typing error does nothing.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../paths.mjs';
import { customResourceFindings, isCustomResource } from './custom-resources.mjs';
import { nameOf } from './objects.mjs';

/** What the chart may make of the API's own. */
const MODELS = {
  'apps/v1 DaemonSet': () => import('kubernetes-models/apps/v1/DaemonSet'),
  'apps/v1 Deployment': () => import('kubernetes-models/apps/v1/Deployment'),
  'apps/v1 StatefulSet': () => import('kubernetes-models/apps/v1/StatefulSet'),
  'batch/v1 CronJob': () => import('kubernetes-models/batch/v1/CronJob'),
  'networking.k8s.io/v1 NetworkPolicy': () =>
    import('kubernetes-models/networking.k8s.io/v1/NetworkPolicy'),
  'policy/v1 PodDisruptionBudget': () => import('kubernetes-models/policy/v1/PodDisruptionBudget'),
  'v1 ConfigMap': () => import('kubernetes-models/v1/ConfigMap'),
  'v1 Pod': () => import('kubernetes-models/v1/Pod'),
  'v1 Service': () => import('kubernetes-models/v1/Service'),
  'v1 ServiceAccount': () => import('kubernetes-models/v1/ServiceAccount'),
};

/**
 * @param {import('./objects.mjs').KubernetesObject} object
 * @returns {Promise<string[]>} what is wrong with its values
 */
export async function modelFindings(object) {
  if (isCustomResource(object)) return customResourceFindings(object);
  const kind = `${object.apiVersion} ${object.kind}`;
  const load = MODELS[kind];
  if (load === undefined) return [`${nameOf(object)}: the chart has no business with a ${kind}`];
  const { [object.kind]: model } = await load();
  try {
    new model(object).validate();
    return [];
  } catch (error) {
    return [`${nameOf(object)}: ${error.message}`];
  }
}

/**
 * Objects as source text in which TypeScript finds every field that no such object has.
 * @param {import('./objects.mjs').KubernetesObject[]} objects
 * @returns {string}
 */
function asTypedSource(objects) {
  const known = objects.filter((object) => !isCustomResource(object));
  return known
    .map((object, index) => {
      const type = `import('kubernetes-models/${object.apiVersion}/${object.kind}').I${object.kind}`;
      return `// ${nameOf(object)}\nexport const o${index}: ${type} = ${JSON.stringify(object, null, 1)};\n`;
    })
    .join('\n');
}

/**
 * Looks for fields that do not exist.
 * @param {import('./objects.mjs').KubernetesObject[]} objects
 * @returns {Promise<string[]>}
 */
export async function unknownFields(objects) {
  const { default: ts } = await import('typescript');
  const dir = join(projectRoot, 'build', 'chart');
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'objects.ts');
  writeFileSync(file, asTypedSource(objects));
  const program = ts.createProgram([file], {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  });
  const source = program.getSourceFile(file);
  return ts.getPreEmitDiagnostics(program, source).map((diagnostic) => {
    const before = source.text.slice(0, diagnostic.start ?? 0);
    const where = before.slice(before.lastIndexOf('// ') + 3).split('\n')[0];
    return `${where}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`;
  });
}
