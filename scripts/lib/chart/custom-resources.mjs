// The few objects of other projects that the chart makes, with the fields it uses: their APIs are in no package here.

import { nameOf } from './objects.mjs';

const text = { type: 'string', minLength: 1 };
const labels = { type: 'object', additionalProperties: { type: 'string' } };
const closed = (properties, required = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const endpoint = closed({ port: text, path: text, interval: text }, ['port']);
const selector = closed({
  matchLabels: labels,
  matchExpressions: {
    type: 'array',
    items: closed(
      {
        key: text,
        operator: { enum: ['In', 'NotIn', 'Exists'] },
        values: { type: 'array', items: text },
      },
      ['key', 'operator'],
    ),
  },
});

const RULE = closed(
  {
    alert: text,
    expr: text,
    for: { type: 'string', pattern: '^[0-9]+(ms|s|m|h|d)$' },
    labels,
    annotations: labels,
  },
  ['alert', 'expr'],
);

const SPECS = {
  'monitoring.coreos.com/v1 ServiceMonitor': closed(
    { selector, endpoints: { type: 'array', minItems: 1, items: endpoint } },
    ['selector', 'endpoints'],
  ),
  'monitoring.coreos.com/v1 PodMonitor': closed(
    { selector, podMetricsEndpoints: { type: 'array', minItems: 1, items: endpoint } },
    ['selector', 'podMetricsEndpoints'],
  ),
  'monitoring.coreos.com/v1 PrometheusRule': closed(
    {
      groups: {
        type: 'array',
        minItems: 1,
        items: closed(
          { name: text, interval: text, rules: { type: 'array', minItems: 1, items: RULE } },
          ['name', 'rules'],
        ),
      },
    },
    ['groups'],
  ),
  'cert-manager.io/v1 Certificate': closed(
    {
      secretName: text,
      duration: { type: 'string', pattern: '^[0-9]+h$' },
      renewBefore: { type: 'string', pattern: '^[0-9]+h$' },
      privateKey: closed({
        algorithm: { enum: ['ECDSA', 'RSA'] },
        size: { type: 'integer' },
        rotationPolicy: { enum: ['Always', 'Never'] },
      }),
      usages: {
        type: 'array',
        items: { enum: ['digital signature', 'server auth', 'client auth'] },
      },
      dnsNames: { type: 'array', minItems: 1, items: text },
      uris: { type: 'array', minItems: 1, items: { type: 'string', pattern: '^spiffe://' } },
      issuerRef: closed({ name: text, kind: text, group: text }, ['name']),
    },
    ['secretName', 'issuerRef'],
  ),
};

export function isCustomResource(object) {
  return `${object.apiVersion} ${object.kind}` in SPECS;
}

/**
 * @param {import('./objects.mjs').KubernetesObject} object
 * @returns {Promise<string[]>}
 */
export async function customResourceFindings(object) {
  const { Ajv } = await import('ajv');
  const schema = closed(
    {
      apiVersion: text,
      kind: text,
      metadata: closed({ name: text, labels, annotations: labels }, ['name']),
      spec: SPECS[`${object.apiVersion} ${object.kind}`],
    },
    ['metadata', 'spec'],
  );
  const ajv = new Ajv({ allErrors: true, strict: false });
  return ajv.validate(schema, object)
    ? []
    : (ajv.errors ?? []).map(
        ({ instancePath, message }) => `${nameOf(object)}: ${instancePath} ${message}`,
      );
}
