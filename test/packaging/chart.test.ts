import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSettings, type SettingScope } from '../../src/config/index.ts';
import { ROOT, runProgram } from '../support/programs.ts';

// The Helm chart. What it renders is judged by scripts/test-chart.mjs, which runs here whole but for its pod; that it can tell bad from
// good is tested with objects that are bad in one way each.

const SCRIPTS = join(ROOT, 'scripts');

describe('the chart', () => {
  it('passes everything that needs no cluster and no container', async () => {
    const { exit, out, error } = await runProgram(
      [process.execPath, join(SCRIPTS, 'test-chart.mjs'), '--no-pod'],
      { env: withHome(), timeoutMs: 170_000 },
    );
    expect(error, 'what failed is in the output').not.toContain('✗');
    expect(out.toString()).toMatch(/^\d+ passed, 0 failed, \d+ skipped$/m);
    expect(exit).toBe(0);
  });
});

interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

interface Rendered {
  readonly values: string;
  readonly containers: readonly Container[];
  readonly settings: Readonly<Record<string, string>>;
}

/** Every container of ours in every example, and the settings files beside them; nothing where helm cannot run. */
async function renderedPrograms(): Promise<readonly Rendered[]> {
  return (await inScripts(
    `
    const tools = await kubernetesTools({ begin() {}, run });
    const sets = [];
    for (const { name, path } of tools ? exampleValues() : []) {
      const objects = await render(tools, { values: path });
      const containers = objects.flatMap((object) => containersOf(podOf(object)?.spec ?? {}));
      const settings = objects.filter(({ data }) => data?.['settings.yaml']);
      sets.push({
        values: name,
        containers: containers.filter(({ command }) => command?.[0] === 'cryptobroker'),
        settings: Object.fromEntries(settings.map(({ metadata, data }) => [metadata.name, data['settings.yaml']])),
      });
    }
    answer(sets);`,
    {},
  )) as readonly Rendered[];
}

/** The program that a container runs, by its arguments. */
function scopeOf({ args = [] }: Container): SettingScope {
  const [first] = args;
  return first === 'server' || first === 'gateway' || first === 'core' ? first : 'client';
}

describe('the environment that the chart gives its programs', () => {
  it('is made of settings they know, with values they take', async () => {
    const sets = await renderedPrograms();
    const seen = new Set<SettingScope>();
    for (const { values, containers, settings } of sets) {
      for (const container of containers) {
        const scope = scopeOf(container);
        seen.add(scope);
        // What comes out of a Secret is not in the chart: any value of the right form will do.
        const env = Object.fromEntries(
          (container.env ?? []).map(({ name, value }) => [name, value ?? 'ab'.repeat(32)]),
        );
        const program = scope === 'server' ? 'broker' : scope;
        const file = Object.entries(settings).find(([name]) => name.includes(`-${program}-`))?.[1];
        const loaded = loadSettings({
          scope,
          env,
          readFile: () => Buffer.from(file ?? ''),
        });
        expect(loaded.warnings, `${values}, ${container.name}`).toEqual([]);
      }
    }
    if (sets.length > 0)
      expect([...seen].toSorted()).toEqual(['client', 'core', 'gateway', 'server']);
  });
});

/** A pod in which nothing is wrong. */
const GOOD_POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'pod' },
  spec: {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'one',
        image: 'registry.example/one:1',
        args: ['server'],
        resources: { requests: { cpu: '1', memory: '1Mi' }, limits: { memory: '1Mi' } },
        livenessProbe: { exec: { command: ['x'] }, periodSeconds: 30, timeoutSeconds: 3 },
        readinessProbe: { exec: { command: ['x'] }, periodSeconds: 10, timeoutSeconds: 3 },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [{ name: 'secret', mountPath: '/secret' }],
      },
    ],
    volumes: [{ name: 'secret', secret: { secretName: 'x', defaultMode: 0o440 } }],
  },
};

/** A change of the good pod at a dotted path, and what the policy must say about it. */
const FLAWS: readonly (readonly [path: string, value: unknown, finding: string])[] = [
  ['spec.hostNetwork', true, 'hostNetwork is on'],
  ['spec.hostPID', true, 'hostPID is on'],
  ['spec.automountServiceAccountToken', true, 'automountServiceAccountToken'],
  ['spec.enableServiceLinks', undefined, 'enableServiceLinks'],
  ['spec.securityContext.runAsNonRoot', undefined, 'runAsNonRoot'],
  ['spec.securityContext.runAsUser', 0, 'runs as root'],
  ['spec.securityContext.seccompProfile', { type: 'Unconfined' }, 'no seccomp profile'],
  ['spec.securityContext.sysctls', [{ name: 'x', value: 'y' }], 'sysctls'],
  ['spec.volumes.0', { name: 'secret', hostPath: { path: '/' } }, 'of the type hostPath'],
  ['spec.volumes.0', { name: 'secret', emptyDir: {} }, 'no size limit'],
  ['spec.volumes.0.secret.defaultMode', 0o444, 'lets others read'],
  [
    'spec.containers.0.securityContext.allowPrivilegeEscalation',
    undefined,
    'allowPrivilegeEscalation',
  ],
  ['spec.containers.0.securityContext.privileged', true, 'privileged'],
  ['spec.containers.0.command', ['cryptobroker'], 'nothing can be written in /tmp'],
  [
    'metadata.annotations',
    { 'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded' },
    'helm test --logs would fail',
  ],
  ['spec.containers.0.securityContext.readOnlyRootFilesystem', false, 'can be written'],
  ['spec.containers.0.securityContext.capabilities.drop', [], 'drop all capabilities'],
  ['spec.containers.0.securityContext.capabilities.add', ['NET_ADMIN'], 'adds capabilities'],
  ['spec.containers.0.securityContext.runAsUser', 0, 'runs as root'],
  ['spec.containers.0.resources.requests', {}, 'no requests'],
  ['spec.containers.0.resources.limits', {}, 'no limit of memory'],
  ['spec.containers.0.image', 'registry.example:5000/one', 'no tag but latest'],
  ['spec.containers.0.image', 'one:latest', 'no tag but latest'],
  ['spec.containers.0.ports', [{ containerPort: 1, hostPort: 1 }], 'port of the host'],
  ['spec.containers.0.livenessProbe', undefined, 'no livenessProbe'],
  ['spec.containers.0.readinessProbe.periodSeconds', 1, 'every few seconds'],
  ['spec.containers.0.livenessProbe.timeoutSeconds', undefined, 'too little time'],
  [
    'spec.containers.0.startupProbe',
    { exec: { command: ['x', '--ready'] }, timeoutSeconds: 3 },
    'does not mend',
  ],
  ['spec.containers.0.env', [{ name: 'APP_TOKEN', value: 'x' }], 'a secret is written out'],
  ['spec.containers.0.env', [{ name: 'X', value: 'ab'.repeat(32) }], 'something like a key'],
];

describe('the policy', () => {
  it('finds each single flaw of a pod, and none in a good one', async () => {
    const pods = [GOOD_POD, ...FLAWS.map(([path, value]) => changed(GOOD_POD, path, value))];
    const [good, ...flawed] = (await inScripts(
      'answer(input.map((pod) => policyFindings(pod)));',
      pods,
    )) as string[][];
    expect(good).toEqual([]);
    FLAWS.forEach(([path, , finding], index) => {
      expect(flawed[index], `${path} in ${String(index)}`).toEqual([
        expect.stringContaining(finding),
      ]);
    });
  });

  it('finds keys in ConfigMaps, and objects that should not be there or not be so', async () => {
    const metadata = { name: 'x' };
    const objects = [
      { kind: 'ConfigMap', metadata, data: { a: '-----BEGIN EC PRIVATE KEY-----' } },
      { kind: 'ConfigMap', metadata, data: { a: '-----BEGIN CERTIFICATE-----' } },
      { kind: 'Secret', metadata, data: {} },
      { kind: 'ClusterRole', metadata },
      { kind: 'ServiceAccount', metadata },
      {
        kind: 'StatefulSet',
        metadata,
        spec: {
          podManagementPolicy: 'Parallel',
          template: GOOD_POD,
          volumeClaimTemplates: [{ metadata, spec: { accessModes: ['ReadWriteMany'] } }],
        },
      },
      { kind: 'StatefulSet', metadata, spec: { template: GOOD_POD } },
    ];
    const found = (await inScripts(
      'answer(input.map((object) => policyFindings(object)));',
      objects,
    )) as string[][];
    expect(found.map(({ length }) => length)).toEqual([1, 0, 1, 1, 1, 1, 1]);
  });

  it('lets one pod have the hostPath that it is made for, if nobody has to make it', async () => {
    const pod = (type: string) =>
      changed(GOOD_POD, 'spec.volumes.0', { name: 'secret', hostPath: { path: '/run/x', type } });
    const found = await inScripts(
      'answer(input.map((pod) => policyFindings(pod, { hostPath: true })));',
      [pod('Directory'), pod('DirectoryOrCreate')],
    );
    expect(found).toEqual([[], [expect.stringContaining('would be made on the host')]]);
  });
});

describe('the look at how objects fit each other', () => {
  const labels = { app: 'x' };
  const deployment = {
    kind: 'Deployment',
    metadata: { name: 'x' },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: 'x',
          containers: [
            {
              name: 'one',
              ports: [{ name: 'web' }],
              volumeMounts: [{ name: 'v', mountPath: '/v' }],
            },
          ],
          volumes: [{ name: 'v', configMap: { name: 'x' } }],
        },
      },
    },
  };
  const good = [
    deployment,
    { kind: 'ConfigMap', metadata: { name: 'x' } },
    { kind: 'ServiceAccount', metadata: { name: 'x' } },
    {
      kind: 'Service',
      metadata: { name: 'x' },
      spec: { selector: labels, ports: [{ targetPort: 'web' }] },
    },
    {
      kind: 'NetworkPolicy',
      metadata: { name: 'x' },
      spec: { podSelector: { matchLabels: labels }, ingress: [{ ports: [{ port: 'web' }] }] },
    },
  ];

  it.each([
    ['a selector that finds nothing', '3.spec.selector.app', 'y', 'selects no pods'],
    ['a port that the pod has not', '3.spec.ports.0.targetPort', 'w', 'no port w'],
    ['a policy of such a port', '4.spec.ingress.0.ports.0.port', 'w', 'no port w'],
    ['a mount of nothing', '0.spec.template.spec.volumes', [], 'no volume v'],
    [
      'a volume nobody mounts',
      '0.spec.template.spec.containers.0.volumeMounts',
      [],
      'nobody mounts',
    ],
    ['a ConfigMap that is not there', '1.metadata.name', 'y', 'no ConfigMap x'],
    ['an account that is not there', '2.metadata.name', 'y', 'no ServiceAccount x'],
    [
      'a variable twice',
      '0.spec.template.spec.containers.0.env',
      [{ name: 'A' }, { name: 'A' }],
      'A twice',
    ],
    ['the same object twice', '1', good[2], 'is there twice'],
  ])('finds %s', async (_, path, value, finding) => {
    const found = (await inScripts('answer(input.map(wiringFindings));', [
      good,
      changed(good, path, value),
    ])) as string[][];
    expect(found[0]).toEqual([]);
    expect(found[1]?.join()).toContain(finding);
  });
});

describe('the look at single objects', () => {
  it('finds values of the wrong type, APIs that do not exist, and fields that do nothing', async () => {
    const pod = { ...GOOD_POD, metadata: { name: 'pod' } };
    const misspelt = changed(pod, 'spec.automountServiceAcountToken', false);
    const found = await inScripts(
      `answer([
        await modelFindings(input.pod),
        await modelFindings({ ...input.pod, spec: { ...input.pod.spec, terminationGracePeriodSeconds: 'ten' } }),
        await modelFindings({ ...input.pod, apiVersion: 'v2' }),
        await modelFindings({ apiVersion: 'monitoring.coreos.com/v1', kind: 'PodMonitor', metadata: { name: 'x' }, spec: { selektor: {} } }),
        await unknownFields([input.pod, input.misspelt]),
      ]);`,
      { pod, misspelt },
    );
    expect(found).toEqual([
      [],
      [expect.stringContaining('terminationGracePeriodSeconds')],
      [expect.stringContaining('no business with a v2 Pod')],
      expect.arrayContaining([expect.stringContaining('additional properties')]),
      [expect.stringMatching(/^Pod pod: .*automountServiceAcountToken/)],
    ]);
  });
});

describe('values.schema.json', () => {
  it('describes every key, and has none that values.yaml does not', async () => {
    const { seen, unknown, silent } = (await inScripts(
      `
      const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8'));
      const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
      const unknown = [], silent = [], seen = [];
      const target = (node) => node.$ref ? { ...schema.definitions[node.$ref.split('/').at(-1)], description: node.description } : node;
      const visit = (node, value, path) => {
        seen.push(path);
        if (!node.description) silent.push(path);
        if (node.properties === undefined || node.additionalProperties !== false) return;
        for (const [key, child] of Object.entries(node.properties)) {
          const place = path + '.' + key;
          if (value?.[key] === undefined && !OPTIONAL.includes(place)) unknown.push(place);
          else visit(target(child), value?.[key], place);
        }
      };
      const OPTIONAL = ['.global', '.gateway.uplink.csi.driver', '.gateway.uplink.csi.volumeAttributes', '.core.csi.driver',
        '.core.csi.volumeAttributes', '.broker.resources.claims', '.gateway.resources.claims', '.core.resources.claims'];
      visit(schema, values, '');
      answer({ seen: seen.length, unknown, silent });`,
      {},
    )) as { seen: number; unknown: string[]; silent: string[] };
    expect(unknown).toEqual([]);
    expect(silent).toEqual([]);
    expect(seen).toBeGreaterThan(120);
  });
});

/** Runs a program of the scripts' language, with all of the chart's library in reach; `answer` hands back a value. */
async function inScripts(program: string, input: unknown): Promise<unknown> {
  const from = (name: string) => JSON.stringify(join(SCRIPTS, 'lib', name));
  const source = `
    import { readFileSync } from 'node:fs';
    import { join } from 'node:path';
    import { parse } from 'yaml';
    import { CHART, exampleValues } from ${from('chart/chart-files.mjs')};
    import { modelFindings, unknownFields } from ${from('chart/model-check.mjs')};
    import { containersOf, podOf } from ${from('chart/objects.mjs')};
    import { policyFindings } from ${from('chart/policy.mjs')};
    import { render } from ${from('chart/render.mjs')};
    import { wiringFindings } from ${from('chart/wiring.mjs')};
    import { kubernetesTools } from ${from('kubernetes-tools.mjs')};
    import { run } from ${from('run.mjs')};
    const input = JSON.parse(readFileSync(0, 'utf8'));
    const answer = (value) => process.stdout.write(JSON.stringify(value));
    ${program}`;
  const { exit, out, error } = await runProgram(
    [process.execPath, '--input-type=module', '-e', source],
    { input: JSON.stringify(input), env: withHome(), cwd: ROOT, timeoutMs: 60_000 },
  );
  expect(error).toBe('');
  expect(exit).toBe(0);
  return JSON.parse(out.toString());
}

/** The scripts keep tools in the user's cache. */
function withHome(): Readonly<Record<string, string>> {
  const { PATH = '', HOME = '', XDG_CACHE_HOME } = process.env;
  return { PATH, HOME, ...(XDG_CACHE_HOME !== undefined && { XDG_CACHE_HOME }) };
}

/** A copy with another value at a dotted path; undefined takes it away. */
function changed(object: object, path: string, value: unknown): object {
  // Not structuredClone, which keeps what two places share one object.
  const copy = JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let place = copy;
  for (const key of keys) place = place[key] as Record<string, unknown>;
  if (value === undefined) Reflect.deleteProperty(place, last);
  else place[last] = value;
  return copy;
}
