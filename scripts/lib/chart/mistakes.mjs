// What people get wrong in values, and what they must be told. Each set of values must be refused, with these words.

const IMAGE = { image: { repository: 'registry.example/crypto-broker' } };
const GATEWAY = {
  ...IMAGE,
  gateway: {
    enabled: true,
    core: { address: 'core.example:7443' },
    uplink: { secretName: 'uplink' },
    kmip: { certificates: [{ secretName: 'kmip' }] },
  },
};
const gateway = (change) => ({ ...GATEWAY, gateway: { ...GATEWAY.gateway, ...change } });
const CONTAINERS = [{ name: 'app', image: 'registry.example/app:1' }];

/** @type {readonly {name: string, values: object, says: RegExp, kubeVersion?: string}[]} */
export const MISTAKES = [
  {
    name: 'no registry is named',
    values: {},
    says: /image\.repository: say where your registry keeps the image/,
  },
  {
    name: 'a key is misspelt',
    values: { ...IMAGE, broker: { resorces: {} } },
    says: /additional properties 'resorces' not allowed/,
  },
  {
    name: 'a number is given as text',
    values: { ...IMAGE, gateway: { replicas: '2' } },
    says: /\/gateway\/replicas.*got string, want integer/s,
  },
  {
    name: 'the image is latest',
    values: { ...IMAGE, broker: { image: { tag: 'latest' } } },
    says: /\/broker\/image\/tag/,
  },
  {
    name: 'a digest is cut off',
    values: { ...IMAGE, broker: { image: { digest: 'sha256:abc' } } },
    says: /\/broker\/image\/digest.*does not match pattern/s,
  },
  {
    name: 'it shall run as root',
    values: { ...IMAGE, broker: { runAsUser: 0 } },
    says: /\/broker\/runAsUser.*minimum: got 0, want 1/s,
  },
  {
    name: 'the limit of memory is taken away',
    values: { ...IMAGE, broker: { resources: { limits: { memory: null } } } },
    says: /\/broker\/resources\/limits.*missing property 'memory'/s,
  },
  {
    name: 'a secret is written into the environment',
    values: {
      ...IMAGE,
      core: { env: [{ name: 'CRYPTO_BROKER_CORE_ROOT_SECRET', value: 'ab'.repeat(32) }] },
    },
    says: /\/core\/env\/0.*missing property 'valueFrom'/s,
  },
  {
    name: 'the root secret is written into the settings',
    values: { ...IMAGE, core: { settings: { core: { rootSecret: 'ab'.repeat(32) } } } },
    says: /\/core\/settings\/core\/rootSecret.*'not' failed/s,
  },
  {
    name: 'probes are asked more often than a process each time bears',
    values: { ...IMAGE, broker: { probes: { livenessPeriodSeconds: 1 } } },
    says: /\/broker\/probes\/livenessPeriodSeconds.*minimum: got 1, want 10/s,
  },
  {
    name: 'the volume may be opened by several nodes',
    values: gateway({ vault: { accessMode: 'ReadWriteMany' } }),
    says: /\/gateway\/vault\/accessMode.*value must be one of/s,
  },
  {
    name: 'the size of a volume has no unit',
    values: gateway({ vault: { size: '10' } }),
    says: /\/gateway\/vault\/size.*does not match pattern/s,
  },
  {
    name: 'the directory on the host is relative',
    values: { ...IMAGE, daemonSet: { enabled: true, hostPath: 'run/crypto-broker' } },
    says: /\/daemonSet\/hostPath.*does not match pattern/s,
  },
  {
    name: 'a container takes the name of the Broker',
    values: {
      ...IMAGE,
      application: { enabled: true, containers: [{ ...CONTAINERS[0], name: 'crypto-broker' }] },
    },
    says: /\/application\/containers\/0\/name/,
  },
  {
    name: 'an application has no containers',
    values: { ...IMAGE, application: { enabled: true } },
    says: /application\.containers: name at least one container of yours/,
  },
  {
    name: 'profiles come from two places',
    values: { ...IMAGE, profiles: { content: 'x', existingConfigMap: 'y' } },
    says: /profiles: give content or existingConfigMap, not both/,
  },
  {
    name: 'spans have nowhere to go',
    values: { ...IMAGE, telemetry: { otlp: { traces: true } } },
    says: /telemetry\.otlp\.endpoint: say where the collector is/,
  },
  {
    name: 'monitoring has nothing to scrape',
    values: { ...IMAGE, monitoring: { enabled: true } },
    says: /there is nothing to scrape unless telemetry\.endpoint\.enabled/,
  },
  {
    name: 'a Gateway does not know its Core',
    values: gateway({ core: { address: '' } }),
    says: /gateway\.core\.address: say which Core/,
  },
  {
    name: 'the identity of the Core has no name',
    values: gateway({
      core: { address: 'core.example:7443', identity: 'spiffe://example.org/core' },
    }),
    says: /\/gateway\/core\/identity.*does not match pattern/s,
  },
  {
    name: 'a Gateway has no certificate for its Core',
    values: gateway({ uplink: { secretName: '' } }),
    says: /gateway\.uplink\.secretName: name the Secret/,
  },
  {
    name: 'a Gateway has no certificate for its clients',
    values: gateway({ kmip: { certificates: [] } }),
    says: /gateway\.kmip\.certificates: name the Secret/,
  },
  {
    name: 'two Gateways share one identity',
    values: gateway({ replicas: 2 }),
    says: /gateway\.replicas: each Gateway needs an identity of its own/,
  },
  {
    name: 'a certificate comes from nowhere',
    values: gateway({ kmip: { certificates: [{}] } }),
    says: /\/gateway\/kmip\/certificates\/0.*'oneOf' failed/s,
  },
  {
    name: 'cert-manager has no issuer',
    values: { ...IMAGE, certManager: { enabled: true } },
    says: /certManager\.issuerRef\.name: name the issuer/,
  },
  {
    name: 'the Core has no root secret',
    values: { ...IMAGE, core: { enabled: true, secretName: 'core' } },
    says: /core\.rootSecret\.secretName: name the Secret with the root secret/,
  },
  {
    name: 'the cluster has no native sidecars',
    values: { ...IMAGE, application: { enabled: true, containers: CONTAINERS } },
    kubeVersion: '1.28.4',
    says: /has no native sidecars, which came with 1\.29: set it to false/,
  },
  {
    name: 'the cluster is older than any we know',
    values: IMAGE,
    kubeVersion: '1.25.0',
    says: /chart requires kubeVersion: >=1\.27/,
  },
];
