import { execFileSync } from 'node:child_process';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../support/programs.ts';

// deploy/docker/compose.yaml as it is written. `npm run test:container` starts what is ours of it.

interface Service {
  readonly image: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly pids_limit?: number;
  readonly mem_limit?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly build?: { readonly dockerfile: string; readonly target: string };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const FOLDER = join(ROOT, 'deploy', 'docker');
const compose = parse(readFileSync(join(FOLDER, 'compose.yaml'), 'utf8'), {
  merge: true,
}) as Compose;
const services = Object.entries(compose.services);
const ours = services.filter(([, { build }]) => build !== undefined);
const settings = readFileSync(join(ROOT, 'docs', 'configuration.md'), 'utf8');

describe('compose.yaml', () => {
  it('builds each image of ours from a target that there is', () => {
    const dockerfile = readFileSync(join(ROOT, 'Dockerfile.fips'), 'utf8');
    expect(ours.map(([name]) => name)).toEqual(['broker', 'application', 'core', 'gateway']);
    for (const [, { build }] of ours)
      expect(dockerfile).toMatch(new RegExp(`^FROM \\S+ AS ${build?.target ?? ''}$`, 'm'));
  });

  it.each(ours)('gives %s no right that it does not need', (_name, service) => {
    expect(service).toMatchObject({
      user: '65532:65532',
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      pids_limit: 64,
      mem_limit: '256m',
    });
  });

  it('pins the images of others by version', () => {
    for (const [name, { image }] of services.filter(([, { build }]) => build === undefined))
      expect(image, name).toMatch(/^[a-z.]+\/[a-z/-]+:v?\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?$/);
  });

  it('opens ports on this machine alone', () => {
    for (const port of services.flatMap(([, { ports = [] }]) => ports))
      expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it.each(ours)(
    'gives %s only options and variables that there are',
    (_name, { command = [], environment = {} }) => {
      for (const argument of command.slice(1))
        expect(settings).toContain(`\`${/^--[a-z-]+/.exec(argument)?.[0] ?? argument}\``);
      for (const variable of Object.keys(environment))
        expect(settings).toContain(`\`${variable}\``);
    },
  );

  it('declares every network, volume and secret that a service names, and no other', () => {
    const named = (
      pick: (service: Service) => readonly string[] | undefined,
    ): ReadonlySet<string> => new Set(services.flatMap(([, service]) => pick(service) ?? []));
    const volumes = named(({ volumes: all = [] }) =>
      all.map((volume) => volume.split(':')[0] ?? '').filter((name) => !name.startsWith('.')),
    );
    expect(named(({ networks }) => networks)).toEqual(new Set(Object.keys(compose.networks)));
    expect(named(({ secrets }) => secrets)).toEqual(new Set(Object.keys(compose.secrets)));
    expect(volumes).toEqual(new Set(Object.keys(compose.volumes)));
  });

  it('mounts only files that there are', () => {
    const places = services
      .flatMap(([, { volumes = [] }]) => volumes)
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((place) => place.startsWith('.'));
    for (const place of places) expect(existsSync(join(FOLDER, place)), place).toBe(true);
  });

  it('passes secrets as files, and none in a variable or an argument', () => {
    for (const [name, { file }] of Object.entries(compose.secrets))
      expect(file).toBe(`./secrets/${name}`);
    for (const [, { environment = {} }] of services)
      for (const variable of Object.keys(environment))
        expect(
          variable.endsWith('__FILE') || !/PASSWORD|SECRET|TOKEN|AUTHORIZATION/.test(variable),
          variable,
        ).toBe(true);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'has a script that makes every secret, for the users that read them and nobody else',
    () => {
      const directory = mkdtempSync(join(tmpdir(), 'cryptobroker-secrets-'));
      const out = join(directory, 'secrets');
      try {
        const make = (): string =>
          execFileSync(join(FOLDER, 'make-secrets.sh'), [out], {
            encoding: 'utf8',
            stdio: ['ignore', 'pipe', 'pipe'],
          });
        make();
        for (const name of Object.keys(compose.secrets)) {
          const { mode, uid } = statSync(join(out, name));
          expect([mode & 0o777, uid], name).toEqual([
            0o600,
            name === 'grafana-admin' ? 472 : 65532,
          ]);
        }
        const read = (name: string): X509Certificate =>
          new X509Certificate(readFileSync(join(out, name)));
        const issued = [
          ['core', 'core-ca'],
          ['gateway', 'core-ca'],
          ['kmip', 'kmip-ca'],
          ['client', 'client-ca'],
        ] as const;
        for (const [name, ca] of issued) {
          expect(read(`${name}.pem`).verify(read(`${ca}.pem`).publicKey), name).toBe(true);
          expect(
            read(`${name}.pem`).checkPrivateKey(
              createPrivateKey(readFileSync(join(out, `${name}-key.pem`))),
            ),
            name,
          ).toBe(true);
        }
        expect(readFileSync(join(out, 'root-secret'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
        // A second run must not take the place of keys that something is wrapped under.
        expect(make).toThrow(/is there already/);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  );

  it('names the collector that the tests send to', () => {
    const modules = readFileSync(join(ROOT, 'test', 'interop', 'go-collector', 'go.mod'), 'utf8');
    const [, version = 'none'] = /collector\/otelcol v(\S+)/.exec(modules) ?? [];
    expect(compose.services['collector']?.image).toBe(
      `docker.io/otel/opentelemetry-collector:${version}`,
    );
  });

  it('scrapes where the programs tell their metrics', () => {
    const prometheus = readFileSync(join(FOLDER, 'observability', 'prometheus.yaml'), 'utf8');
    for (const [name, { environment = {} }] of ours) {
      const listens = environment['CRYPTO_BROKER_TELEMETRY_LISTEN'];
      if (listens !== undefined)
        expect(prometheus).toContain(`'${name}:${listens.split(':')[1] ?? ''}'`);
    }
  });
});
