import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  HISTORIC_SOCKETS,
  loadSettings,
  SETTINGS,
  UNUSED_VARIABLES,
  type LoadedSettings,
  type LoadOptions,
} from '../../../src/config/index.ts';

const host = {
  availableParallelism: 6,
  shippedProfilesDir: '/package/profiles',
  processId: 4711,
};

/** Settings from these sources alone; a file is given by its text. */
function load(options: Partial<LoadOptions> & { file?: string } = {}): LoadedSettings {
  const { file, flags, ...rest } = options;
  return loadSettings({
    scope: 'server',
    env: {},
    host,
    flags: { ...(file === undefined ? {} : { config: '/etc/broker.yaml' }), ...flags },
    readFile: () => Buffer.from(file ?? ''),
    ...rest,
  });
}

/** The lines of the error that this ends in. */
function problems(options: Parameters<typeof load>[0]): readonly string[] {
  try {
    load(options);
  } catch (error) {
    expect(error).toMatchObject({ name: 'BrokerError', code: 'CONFIG_INVALID' });
    return (error as Error).message.split('\n');
  }
  throw new Error('the settings were accepted');
}

describe('settings that nobody gave', () => {
  it('have the documented defaults', () => {
    expect(load().settings).toEqual({
      sockets: [...HISTORIC_SOCKETS],
      allowSharedSocketDir: false,
      profilesDir: '/package/profiles',
      dataPlane: { threads: 1 },
      fips: 'required',
      crypto: { provider: 'native' },
      dev: false,
      maxConcurrentStreams: 1024,
      drainSeconds: 10,
      log: { level: 'info', format: 'json', output: 'stdout', requests: 'on' },
      pool: { threads: 6, queue: 1024 },
      caCache: { entries: 0, seconds: 300 },
      benchmark: {},
      gateway: {
        listen: '127.0.0.1:5696',
        cert: [],
        key: [],
        clientCa: [],
        vaultDir: '/var/lib/crypto-broker/gateway',
        sealingKey: '/var/lib/crypto-broker/gateway-key/sealing.pem',
        statusSocket: '/run/crypto-broker/gateway.sock',
        uid: 'uuid',
        auditDays: 400,
        core: {},
        limits: {
          connections: 2048,
          connectionsPerClient: 256,
          requestsPerSecond: 0,
          batchItems: 128,
          idleSeconds: 600,
          minimumFreeMiB: 64,
        },
      },
      core: {
        listen: '127.0.0.1:7443',
        dataDir: '/var/lib/crypto-broker/core',
        adminSocket: '/run/crypto-broker/core.sock',
        region: 'local',
      },
      kmip: { server: '127.0.0.1:5696', version: 'auto', timeoutMs: 10_000 },
      telemetry: {
        disabled: false,
        traces: { exporters: ['none'], sampler: 'parentbased_always_on', samplerArg: 1 },
        metrics: { exporters: ['none'] },
        logs: { exporters: ['none'] },
        otlp: { protocol: 'http/protobuf', compression: 'none', timeoutMs: 10_000 },
        prometheus: { host: '127.0.0.1', port: 9464 },
      },
      client: { socket: HISTORIC_SOCKETS[0], deadlineMs: 10_000 },
    });
  });

  it('come from the default, and say so where the default is a fact of the host', () => {
    const { rows, sources } = load();
    expect(rows.map(({ key }) => key)).toEqual(SETTINGS.map(({ key }) => key));
    expect(rows.filter(({ source }) => source !== 'default')).toMatchObject([
      { key: 'profilesDir', value: '/package/profiles', source: 'default (the shipped profiles)' },
      { key: 'transport', value: '' },
      { key: 'fipsModuleDir', value: '', source: 'default (the module of this package)' },
      { key: 'memoryLock', value: '' },
      { key: 'pool.threads', value: '6', source: 'default (one for each CPU)' },
      { key: 'gateway.name', value: '' },
      { key: 'gateway.core.identity', value: '' },
      { key: 'kmip.serverName', value: '' },
      { key: 'telemetry.serviceName', value: '' },
      { key: 'telemetry.serviceVersion', value: '' },
      { key: 'telemetry.metrics.interval', value: '' },
      { key: 'telemetry.otlp.endpoint', value: '' },
    ]);
    expect(sources.get('profilesDir')).toEqual({ kind: 'default' });
  });

  it('use as many threads as are sensible on a very large machine', () => {
    const large = { ...host, availableParallelism: 256 };
    expect(load({ host: large }).settings.pool.threads).toBe(64);
  });

  it('find this machine and this package by themselves', () => {
    const { settings } = loadSettings({ scope: 'server', env: {} });
    expect(settings.pool.threads).toBeGreaterThan(0);
    expect(settings.profilesDir).toBe(join(import.meta.dirname, '../../../profiles'));
  });

  it('cannot be changed', () => {
    const { settings } = load();
    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.isFrozen(settings.sockets)).toBe(true);
    expect(Object.isFrozen(settings.log)).toBe(true);
  });
});

describe('the sources of a setting', () => {
  const file = 'log:\n  level: warn\n  format: text\n  output: stderr\n';
  const env = { CRYPTO_BROKER_LOG_LEVEL: 'error', CRYPTO_BROKER_LOG_FORMAT: 'json' };
  const flags = { logLevel: 'debug' };

  it('are a flag over the environment over the file over the default', () => {
    const { settings, rows } = load({ file, env, flags });
    expect(settings.log).toEqual({
      level: 'debug',
      format: 'json',
      output: 'stderr',
      requests: 'on',
    });
    expect(
      rows.filter(({ key }) => key.startsWith('log.')).map(({ key, source }) => [key, source]),
    ).toEqual([
      ['log.level', '--log-level'],
      ['log.format', 'CRYPTO_BROKER_LOG_FORMAT'],
      ['log.output', 'broker.yaml:4'],
      ['log.requests', 'default'],
    ]);
  });

  it('are given for every setting', () => {
    const { sources } = load({ file, env, flags });
    expect([...sources.keys()]).toEqual(SETTINGS.map(({ key }) => key));
    expect(sources.get('log.level')).toEqual({ kind: 'flag', name: '--log-level' });
    expect(sources.get('log.format')).toEqual({
      kind: 'environment',
      name: 'CRYPTO_BROKER_LOG_FORMAT',
    });
    expect(sources.get('log.output')).toEqual({ kind: 'file', line: 4, column: 11 });
  });

  /** For each setting a value other than its default, in each of its spellings. */
  const VALUES: Readonly<Record<string, { text: string; value?: unknown }>> = {
    sockets: { text: '/a.sock:/b.sock', value: ['/a.sock', '/b.sock'] },
    allowSharedSocketDir: { text: 'true', value: true },
    profilesDir: { text: '/etc/profiles' },
    transport: { text: 'native' },
    fips: { text: 'off' },
    fipsModuleDir: { text: '/opt/fips' },
    memoryLock: { text: 'required' },
    'crypto.provider': { text: 'native' },
    dev: { text: 'on', value: true },
    maxConcurrentStreams: { text: '7', value: 7 },
    drainSeconds: { text: '0', value: 0 },
    'log.level': { text: 'WARN', value: 'warn' },
    'log.format': { text: 'text' },
    'log.output': { text: 'stderr' },
    'log.requests': { text: 'off' },
    'pool.threads': { text: '3', value: 3 },
    'pool.queue': { text: '65536', value: 65_536 },
    'caCache.entries': { text: '64', value: 64 },
    'caCache.seconds': { text: '1', value: 1 },
    'benchmark.caCert': { text: '/ca.pem' },
    'benchmark.privateKey': { text: '/ca.key' },
    'benchmark.csr': { text: '/a.csr' },
    'gateway.name': { text: 'gw-1' },
    'gateway.listen': { text: '[::1]:0' },
    'gateway.cert': { text: '/a.pem:/b.pem', value: ['/a.pem', '/b.pem'] },
    'gateway.key': { text: '/a.key:/b.key', value: ['/a.key', '/b.key'] },
    'gateway.clientCa': { text: '/ca.pem:/ca2.pem', value: ['/ca.pem', '/ca2.pem'] },
    'dataPlane.threads': { text: '2', value: 2 },
    'gateway.vaultDir': { text: '/vault' },
    'gateway.sealingKey': { text: '/sealing.pem' },
    'gateway.sealingPassphraseFile': { text: '/passphrase' },
    'gateway.statusSocket': { text: '/g.sock' },
    'gateway.uid': { text: 'tenant-key-version' },
    'gateway.auditDays': { text: '30', value: 30 },
    'gateway.core.address': { text: 'core.example:7443' },
    'gateway.core.identity': { text: 'spiffe://example.org/core/' },
    'gateway.core.ca': { text: '/core-ca.pem' },
    'gateway.core.cert': { text: '/gw.pem' },
    'gateway.core.key': { text: '/gw.key' },
    'gateway.limits.connections': { text: '7', value: 7 },
    'gateway.limits.connectionsPerClient': { text: '3', value: 3 },
    'gateway.limits.requestsPerSecond': { text: '100', value: 100 },
    'gateway.limits.batchItems': { text: '4', value: 4 },
    'gateway.limits.idleSeconds': { text: '60', value: 60 },
    'gateway.limits.minimumFreeMiB': { text: '1', value: 1 },
    'core.listen': { text: '0.0.0.0:7443' },
    'core.cert': { text: '/core.pem' },
    'core.key': { text: '/core.key' },
    'core.gatewayCa': { text: '/gateways.pem' },
    'core.dataDir': { text: '/core' },
    'core.rootSecretFile': { text: '/root-secret' },
    'core.rootSecret': { text: '00'.repeat(32) },
    'core.adminSocket': { text: '/admin.sock' },
    'core.region': { text: 'eu-1' },
    'kmip.server': { text: 'kmip.example:5696' },
    'kmip.serverName': { text: 'kmip.example' },
    'kmip.ca': { text: 'ca.pem' },
    'kmip.cert': { text: 'client.pem' },
    'kmip.key': { text: 'client.key' },
    'kmip.version': { text: '1.4' },
    'kmip.timeoutMs': { text: '250', value: 250 },
    'telemetry.listen': { text: '127.0.0.1:0' },
    'telemetry.disabled': { text: 'true', value: true },
    'telemetry.serviceName': { text: 'my broker' },
    'telemetry.serviceVersion': { text: '1.2.3-rc.1' },
    'telemetry.resourceAttributes': { text: 'deployment.environment=prod,team=a%2Cb' },
    'telemetry.traces.exporters': { text: 'otlp, console', value: ['otlp', 'console'] },
    'telemetry.traces.sampler': { text: 'parentbased_traceidratio' },
    'telemetry.traces.samplerArg': { text: '0.01', value: 0.01 },
    'telemetry.metrics.exporters': { text: 'prometheus,otlp', value: ['prometheus', 'otlp'] },
    'telemetry.metrics.interval': { text: '1m30s' },
    'telemetry.metrics.intervalMs': { text: '5000', value: 5000 },
    'telemetry.logs.exporters': { text: 'otlpgrpc', value: ['otlpgrpc'] },
    'telemetry.otlp.endpoint': { text: 'https://collector.example:4318/base' },
    'telemetry.otlp.protocol': { text: 'grpc' },
    'telemetry.otlp.headers': { text: 'api-key=abc,x-tenant=a%20b' },
    'telemetry.otlp.authorization': { text: 'Bearer abc' },
    'telemetry.otlp.certificate': { text: '/otlp-ca.pem' },
    'telemetry.otlp.clientCertificate': { text: '/otlp.pem' },
    'telemetry.otlp.clientKey': { text: '/otlp.key' },
    'telemetry.otlp.compression': { text: 'gzip' },
    'telemetry.otlp.timeoutMs': { text: '2500', value: 2500 },
    'telemetry.prometheus.host': { text: '0.0.0.0' },
    'telemetry.prometheus.port': { text: '0', value: 0 },
    'client.socket': { text: '/c.sock' },
    'client.deadlineMs': { text: '250', value: 250 },
  };
  const PARTNER: Readonly<Record<string, object>> = {
    'benchmark.caCert': { CRYPTO_BROKER_BENCHMARKING_SIGNCERTIFICATE_PRIVATE_KEY: '/k' },
    'benchmark.privateKey': { CRYPTO_BROKER_BENCHMARKING_SIGNCERTIFICATE_CA_CERT: '/c' },
    'telemetry.otlp.clientCertificate': { OTEL_EXPORTER_OTLP_CLIENT_KEY: '/k' },
    'telemetry.otlp.clientKey': { OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: '/c' },
  };

  it.each(SETTINGS.map((definition) => ({ key: definition.key, definition })))(
    'work for $key in the environment, on the command line and in the file',
    ({ key, definition }) => {
      const { text = '', value = text } = VALUES[key] ?? {};
      const partner = PARTNER[key] ?? {};
      const read = (options: Parameters<typeof load>[0]) =>
        definition.path.reduce<unknown>(
          (node, step) => (node as Record<string, unknown>)[step],
          load(options).settings,
        );
      expect(read({ env: { ...partner, [definition.env]: text } })).toEqual(value);

      for (const scope of definition.flag === undefined ? [] : definition.scopes) {
        const attribute = (definition.flag ?? '')
          .slice(2)
          .replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
        const flag = Array.isArray(value) || typeof value === 'boolean' ? value : text;
        const flags = { [attribute]: flag };
        expect(read({ scope, flags, env: { ...partner } })).toEqual(value);
      }

      const nested = definition.path.reduceRight<unknown>(
        (inner, step) => ({ [step]: inner }),
        value,
      );
      expect(read({ file: JSON.stringify(nested), env: { ...partner } })).toEqual(value);
    },
  );

  it('give --socket its meaning by the program', () => {
    expect(load({ flags: { socket: ['/s.sock'] } }).settings).toMatchObject({
      sockets: ['/s.sock'],
      client: { socket: HISTORIC_SOCKETS[0] },
    });
    expect(load({ scope: 'client', flags: { socket: '/c.sock' } }).settings).toMatchObject({
      sockets: HISTORIC_SOCKETS,
      client: { socket: '/c.sock' },
    });
  });

  it('take a repeated flag as a list, colons and all, and the environment split at colons', () => {
    expect(load({ flags: { socket: ['/a:b', '/c'] } }).settings.sockets).toEqual(['/a:b', '/c']);
    expect(load({ flags: { socket: '/a:b' } }).settings.sockets).toEqual(['/a:b']);
    expect(load({ env: { CRYPTO_BROKER_SOCKETS: '/a::/b:' } }).settings.sockets).toEqual([
      '/a',
      '/b',
    ]);
  });

  it('count an empty variable as not set, as the original does', () => {
    const env = {
      CRYPTO_BROKER_PROFILES_DIR: '',
      CRYPTO_BROKER_LOG_LEVEL: '',
      CRYPTO_BROKER_CONFIG: '',
    };
    expect(load({ env }).rows.every(({ source }) => source.startsWith('default'))).toBe(true);
  });

  it('ignore what else a command line holds', () => {
    expect(load({ flags: { json: true, verbose: 3 } }).warnings).toEqual([]);
  });
});

describe('a client', () => {
  const client = (options: Parameters<typeof load>[0]) => load({ scope: 'client', ...options });

  it('is not stopped by what is wrong with the environment of a server', () => {
    const env = {
      CRYPTO_BROKER_PROFILES_DIR: 'relative',
      CRYPTO_BROKER_CRYPTO_PROVIDER: 'pure',
      CRYPTO_BROKER_APP_ENV: 'staging',
      CRYPTO_BROKER_DEADLINE_MS: '50',
    };
    expect(client({ env }).settings.client.deadlineMs).toBe(50);
  });

  it('is stopped by what is wrong with its own, and by a file it was given', () => {
    expect(problems({ scope: 'client', env: { CRYPTO_BROKER_DEADLINE_MS: '0' } })[1]).toBe(
      '  CRYPTO_BROKER_DEADLINE_MS: must be at least 1, not 0',
    );
    expect(problems({ scope: 'client', file: 'fips: 1' })[1]).toMatch(
      /^ {2}broker\.yaml:1:7: fips: /,
    );
  });
});

describe('dev', () => {
  const dev = (env: Record<string, string>) => load({ env }).settings.dev;

  it('is opened and closed by the variables of the original', () => {
    expect(dev({ CRYPTO_BROKER_APP_ENV: 'dev' })).toBe(true);
    expect(dev({ APP_ENV: 'dev' })).toBe(true);
    expect(dev({ CRYPTO_BROKER_APP_ENV: 'prod', APP_ENV: 'dev' })).toBe(false);
    expect(load({ env: { APP_ENV: 'dev' } }).sources.get('dev')).toEqual({
      kind: 'environment',
      name: 'APP_ENV',
    });
  });

  it('refuses another value of our own variable', () => {
    expect(problems({ env: { CRYPTO_BROKER_APP_ENV: 'staging' } })).toEqual([
      '1 setting is wrong',
      '  CRYPTO_BROKER_APP_ENV: must be one of prod, dev, not "staging"',
    ]);
  });

  it('ignores another value of the variable that other software uses too, and says so', () => {
    const { settings, warnings } = load({ env: { APP_ENV: 'production' } });
    expect(settings.dev).toBe(false);
    expect(warnings).toEqual(['APP_ENV: "production" is not a value we know, ignored']);
  });

  it.each(['constructor', '__proto__'])('takes no word from the prototype: %s', (word) => {
    expect(problems({ env: { CRYPTO_BROKER_APP_ENV: word } })).toHaveLength(2);
  });
});

describe('wrong settings', () => {
  it('are reported all at once, each with its source, even where another source overrides it', () => {
    expect(
      problems({
        file: 'pool:\n  threads: many\nlog:\n  levle: info\n  level: loud\n',
        env: { CRYPTO_BROKER_POOL_THREADS: '65', CRYPTO_BROKER_PROFILES_DIR: 'profiles' },
        flags: { poolThreads: '2', fips: 'maybe', caCacheEntries: '-1' },
      }),
    ).toEqual([
      '7 settings are wrong',
      '  broker.yaml:4:3: unknown key "levle", did you mean "level"? (known here: level, format, output, requests)',
      '  broker.yaml:5:10: log.level: must be one of debug, info, warn, error, not "loud"',
      '  broker.yaml:2:12: pool.threads: must be a whole number, not "many"',
      '  CRYPTO_BROKER_PROFILES_DIR: must be an absolute path without control characters',
      '  --fips: must be one of required, off, not "maybe"',
      '  CRYPTO_BROKER_POOL_THREADS: must be at most 64, not 65',
      '  --ca-cache-entries: must be at least 0, not -1',
    ]);
  });

  it.each([
    [
      'a number that is none',
      { CRYPTO_BROKER_DRAIN_SECONDS: '10s' },
      /must be a whole number, not "10s"$/,
    ],
    ['a fraction', { CRYPTO_BROKER_DRAIN_SECONDS: '1.5' }, /must be a whole number, not "1.5"$/],
    ['a number beyond all numbers', { CRYPTO_BROKER_POOL_QUEUE: '9'.repeat(400) }, /whole number/],
    ['no streams', { CRYPTO_BROKER_GRPC_MAX_CONCURRENT_STREAMS: '0' }, /at least 1, not 0$/],
    [
      'a word for yes that is none',
      { CRYPTO_BROKER_DEV: 'yes' },
      /must be true or false, not "yes"$/,
    ],
    [
      'a log stream that is none',
      { CRYPTO_BROKER_LOG_OUTPUT: 'file' },
      /one of stdout, stderr, not "file"$/,
    ],
    ['a list of nothing', { CRYPTO_BROKER_SOCKETS: ':' }, /at least 1 entry, not a list$/],
    [
      'too many sockets',
      { CRYPTO_BROKER_SOCKETS: Array(17).fill('/s').join(':') },
      /at most 16 entries/,
    ],
    [
      'a socket path beyond all paths',
      { CRYPTO_BROKER_SOCKET: `/${'s'.repeat(5000)}` },
      /at most 4096 char/,
    ],
    [
      'a path with a line break',
      { CRYPTO_BROKER_PROFILES_DIR: '/a\nb' },
      /must be an absolute path/,
    ],
  ])('are refused: %s', (_, env, message) => {
    const lines = problems({ env });
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(message);
    expect(lines[1]?.length).toBeLessThan(250);
  });

  it('cannot steer the terminal of whoever reads the message', () => {
    expect(problems({ env: { CRYPTO_BROKER_LOG_LEVEL: '\u001b[2J\u202e' } })[1]).toMatch(
      /not "\\u001b\[2j\\u202e"$/,
    );
  });
});

describe('settings that contradict each other', () => {
  it('are a pure provider in FIPS mode', () => {
    expect(problems({ flags: { cryptoProvider: 'pure' } })).toEqual([
      '1 setting is wrong',
      '  crypto.provider: pure is refused while fips is required: set fips to off',
    ]);
    expect(load({ flags: { cryptoProvider: 'pure', fips: 'off' } }).settings.crypto.provider).toBe(
      'pure',
    );
  });

  it('are a benchmark CA without its key', () => {
    const env = { CRYPTO_BROKER_BENCHMARKING_SIGNCERTIFICATE_CA_CERT: '/ca.pem' };
    expect(problems({ env })[1]).toBe(
      '  benchmark.caCert and benchmark.privateKey: set both or neither',
    );
  });
});

describe('the configuration file', () => {
  it('is named by --config, or else by CRYPTO_BROKER_CONFIG', () => {
    const read: string[] = [];
    const readFile = (path: string): Uint8Array => {
      read.push(path);
      return Buffer.from('dev: true');
    };
    const env = { CRYPTO_BROKER_CONFIG: '/b.yaml' };
    expect(loadSettings({ scope: 'server', env, readFile }).settings.dev).toBe(true);
    loadSettings({ scope: 'server', env, flags: { config: '/a.yaml' }, readFile });
    expect(read).toEqual(['/b.yaml', '/a.yaml']);
  });

  it.each(['', '# nothing\n', '{}', 'log: {}'])('may set nothing: %j', (file) => {
    expect(load({ file }).settings).toEqual(load().settings);
  });

  it('is refused when it is not a map', () => {
    expect(problems({ file: '- a' })).toEqual([
      '1 setting is wrong',
      '  broker.yaml:1:1: must be a map, not a list',
    ]);
    expect(problems({ file: 'log: loud' })[1]).toBe(
      '  broker.yaml:1:6: log: must be a map, not "loud"',
    );
  });

  it('is refused when it is not YAML, or YAML of the harmful kind', () => {
    expect(problems({ file: 'log: [' })[0]).toBe('broker.yaml is not usable YAML');
    expect(problems({ file: 'a: &a 1\nb: *a' })[1]).toMatch(
      /^ {2}broker\.yaml:1:7: anchors and aliases/,
    );
  });

  it('is named in errors by its base name alone', () => {
    expect(problems({ file: 'x: 1' }).join()).not.toContain('/etc');
  });

  describe('on disk', () => {
    let directory: string;
    beforeEach(() => {
      directory = mkdtempSync(join(tmpdir(), 'crypto-broker-config-'));
    });
    afterEach(() => {
      rmSync(directory, { recursive: true });
    });

    const loadFile = (path: string) =>
      loadSettings({ scope: 'server', env: {}, flags: { config: path } });

    function write(name: string, content: string, mode = 0o644): string {
      const path = join(directory, name);
      writeFileSync(path, content);
      chmodSync(path, mode);
      return path;
    }

    it('is read', () => {
      expect(loadFile(write('broker.yaml', 'drainSeconds: 3')).settings.drainSeconds).toBe(3);
    });

    it('is an error when it is missing, without its path in the message', () => {
      expect(() => loadFile(join(directory, 'none.yaml'))).toThrow(
        expect.objectContaining({
          code: 'CONFIG_INVALID',
          message: 'none.yaml: cannot be read (ENOENT)',
        }),
      );
    });

    it('is refused when others may write it: it could switch FIPS off', () => {
      expect(() => loadFile(write('open.yaml', 'fips: off', 0o666))).toThrow(
        expect.objectContaining({
          code: 'CONFIG_INVALID',
          message: 'open.yaml: others may write it',
        }),
      );
    });

    it('is refused when it is too large, without reading all of it', () => {
      expect(() => loadFile('/dev/zero')).toThrow();
      expect(() => loadFile(write('large.yaml', `# ${'x'.repeat(1024 * 1024)}`))).toThrow(
        expect.objectContaining({
          message: expect.stringMatching(/larger than 1048576 bytes/) as unknown,
        }),
      );
    });
  });
});

describe('variables that are not settings', () => {
  it('are reported as not used when the original knows them, never with their value', () => {
    const env = Object.fromEntries(
      UNUSED_VARIABLES.map(({ name }) => [name, 'Bearer canary-7d1f']),
    );
    const loaded = load({ env });
    expect(loaded.unused).toEqual(UNUSED_VARIABLES);
    expect(loaded.warnings).toEqual([]);
    expect(JSON.stringify({ ...loaded, sources: [...loaded.sources] })).not.toContain(
      'canary-7d1f',
    );
    expect(load().unused).toEqual([]);
  });

  it('bring a warning with the nearest name when they look like ours', () => {
    const env = {
      CRYPTO_BROKER_PROFILE_DIR: '/p',
      CRYPTO_BROKER_COLOUR: 'x',
      PATH: '/bin',
      OTEL_X: '1',
    };
    expect(load({ env }).warnings).toEqual([
      'CRYPTO_BROKER_PROFILE_DIR: unknown environment variable, did you mean CRYPTO_BROKER_PROFILES_DIR?',
      'CRYPTO_BROKER_COLOUR: unknown environment variable',
    ]);
  });

  it('bring none when Kubernetes made them for a Service of our name', () => {
    const env = {
      CRYPTO_BROKER_SERVICE_HOST: '10.0.0.1',
      CRYPTO_BROKER_SERVICE_PORT: '443',
      CRYPTO_BROKER_SERVICE_PORT_HTTPS: '443',
      CRYPTO_BROKER_PORT: 'tcp://10.0.0.1:443',
      CRYPTO_BROKER_PORT_443_TCP: 'tcp://10.0.0.1:443',
      CRYPTO_BROKER_PORT_443_TCP_ADDR: '10.0.0.1',
    };
    expect(load({ env }).warnings).toEqual([]);
  });

  it('bring at most 20 warnings', () => {
    const env = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`CRYPTO_BROKER_X${index}`, '1']),
    );
    expect(load({ env }).warnings).toHaveLength(20);
  });
});

describe('a secret setting', () => {
  const secret = 'ab'.repeat(32);

  it('is not shown by the list of settings, and has no flag that a list of processes would show', () => {
    const loaded = load({ scope: 'core', env: { CRYPTO_BROKER_CORE_ROOT_SECRET: secret } });
    expect(loaded.settings.core.rootSecret).toBe(secret);
    expect(loaded.rows.find(({ key }) => key === 'core.rootSecret')?.value).toBe('(secret)');
    const secrets = SETTINGS.filter((one) => one.secret === true);
    expect(secrets.map(({ key, flag }) => [key, flag])).toEqual([
      ['core.rootSecret', undefined],
      ['telemetry.otlp.headers', undefined],
      ['telemetry.otlp.authorization', undefined],
    ]);
  });

  it('is not repeated by the complaint about it', () => {
    const complaint = problems({
      scope: 'core',
      env: { CRYPTO_BROKER_CORE_ROOT_SECRET: `${secret}x` },
    }).join(' ');
    expect(complaint).toContain('CRYPTO_BROKER_CORE_ROOT_SECRET: must be 64 hexadecimal digits');
    expect(complaint).not.toContain(secret);
  });
});

describe('sockets that a service manager hands over', () => {
  const handed = (variables: Readonly<Record<string, string>>) =>
    load({ env: { LISTEN_PID: '4711', ...variables } }).inheritedSockets;

  it('are the descriptors from 3 on, as many as it says', () => {
    expect(handed({ LISTEN_FDS: '2', LISTEN_FDNAMES: 'a:b' })).toEqual([3, 4]);
    expect(handed({ LISTEN_FDS: '0' })).toEqual([]);
    expect(load().inheritedSockets).toEqual([]);
  });

  it('are those of another process when its number is another one', () => {
    expect(handed({ LISTEN_PID: '4712', LISTEN_FDS: '1' })).toEqual([]);
    expect(handed({ LISTEN_PID: '', LISTEN_FDS: 'nonsense' })).toEqual([]);
    expect(load({ scope: 'gateway', env: { LISTEN_PID: '4711', LISTEN_FDS: '1' } })).toMatchObject({
      inheritedSockets: [],
    });
  });

  it.each(['', '-1', '17', '1e1', '99999', 'one', ' 1'])(
    'are refused for the number %j',
    (count) => {
      const env = { LISTEN_PID: '4711', LISTEN_FDS: count };
      expect(problems({ env }).join()).toContain(
        `LISTEN_FDS: must be a number from 0 to 16, not "${count}"`,
      );
    },
  );
});

describe('the native transport', () => {
  it('is refused with the pure provider, which does not have the core that answers', () => {
    const pure = { CRYPTO_BROKER_FIPS: 'off', CRYPTO_BROKER_CRYPTO_PROVIDER: 'pure' };
    expect(problems({ env: { ...pure, CRYPTO_BROKER_TRANSPORT: 'native' } }).join()).toContain(
      'transport: native answers with the native core',
    );
    expect(load({ env: pure }).settings.transport).toBeUndefined();
  });

  it('has one thread or two', () => {
    for (const threads of ['0', '3', 'many']) {
      expect(problems({ env: { CRYPTO_BROKER_DATA_PLANE_THREADS: threads } })).toHaveLength(2);
    }
  });
});
