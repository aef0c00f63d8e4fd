import { HISTORIC_SOCKETS } from './defaults.ts';
import { array, boolean, integer, object, choice, optional, string } from './schema.ts';
import type { Static } from './schema.ts';
import { CoreSettingsSchema } from './settings/core.ts';
import { GatewaySettingsSchema } from './settings/gateway.ts';
import { KmipSettingsSchema } from './settings/kmip.ts';
import { absolutePath, PROGRAMS, setting } from './settings/spelling.ts';
import { TelemetrySettingsSchema } from './settings/telemetry.ts';

/**
 * Every setting in one schema: from it come the type `Settings`, the check, the flags, the environment names, the
 * output of `cryptobroker config` and docs/configuration.md. A setting is a leaf; its key is its dotted path.
 */

export const SettingsSchema = object({
  sockets: setting(
    array(string({ minLength: 1, maxLength: 4096 }), {
      minItems: 1,
      maxItems: 16,
      default: [...HISTORIC_SOCKETS],
    }),
    'Unix sockets the server listens on, beside inherited ones. In the environment a list separated by colons.',
    {
      scopes: ['server'],
      env: 'CRYPTO_BROKER_SOCKETS',
      flag: '--socket',
      placeholder: 'path',
    },
  ),
  allowSharedSocketDir: setting(
    boolean({ default: false }),
    'Listen even in a directory that others may write and that is not sticky.',
    {
      scopes: ['server'],
      env: 'CRYPTO_BROKER_ALLOW_SHARED_SOCKET_DIR',
      flag: '--allow-shared-socket-dir',
    },
  ),
  profilesDir: setting(
    absolutePath(),
    'Directory that holds Profiles.yaml. Unset: the profiles shipped with this version.',
    {
      scopes: ['server'],
      env: 'CRYPTO_BROKER_PROFILES_DIR',
      flag: '--profiles-dir',
      placeholder: 'dir',
      defaultText: 'the shipped profiles',
    },
  ),
  transport: setting(
    optional(choice(['native', 'grpc-js'])),
    'gRPC implementation that serves the sockets. native: threads of the C++ core; grpc-js: JavaScript.',
    {
      defaultText: 'native; grpc-js with crypto.provider pure',
      scopes: ['server'],
      env: 'CRYPTO_BROKER_TRANSPORT',
      flag: '--transport',
      placeholder: 'name',
    },
  ),
  dataPlane: object({
    threads: setting(
      integer({ minimum: 1, maximum: 2, default: 1 }),
      'Threads that serve connections with the native transport; a connection stays on its thread.',
      {
        scopes: ['server'],
        env: 'CRYPTO_BROKER_DATA_PLANE_THREADS',
        flag: '--data-plane-threads',
        placeholder: 'n',
      },
    ),
  }),
  fips: setting(
    choice(['required', 'off'], { default: 'required' }),
    'required: the OpenSSL FIPS provider alone answers, or the process does not start.',
    {
      scopes: [...PROGRAMS, 'kmip'],
      env: 'CRYPTO_BROKER_FIPS',
      flag: '--fips',
      placeholder: 'mode',
    },
  ),
  fipsModuleDir: setting(
    optional(absolutePath()),
    'Directory that holds a fips.so of your own, used in place of the one we build.',
    {
      scopes: [...PROGRAMS, 'kmip'],
      env: 'CRYPTO_BROKER_FIPS_MODULE_DIR',
      flag: '--fips-module-dir',
      placeholder: 'dir',
      defaultText: 'the module of this package',
    },
  ),
  memoryLock: setting(
    optional(choice(['required', 'preferred'])),
    'required: do not start when key memory cannot be locked; preferred: warn.',
    {
      defaultText: 'required for gateway and core, preferred for server',
      scopes: PROGRAMS,
      env: 'CRYPTO_BROKER_MEMORY_LOCK',
      flag: '--memory-lock',
      placeholder: 'mode',
    },
  ),
  crypto: object({
    provider: setting(
      choice(['native', 'pure'], { default: 'native' }),
      'native: the C++ core; pure: Node and JavaScript, for comparison, only with fips off.',
      {
        scopes: ['server'],
        env: 'CRYPTO_BROKER_CRYPTO_PROVIDER',
        flag: '--crypto-provider',
        placeholder: 'name',
      },
    ),
  }),
  dev: setting(
    boolean({ default: false }),
    'Serve the development methods (Benchmark, FakeEndpoint). Not for production.',
    {
      scopes: ['server'],
      env: 'CRYPTO_BROKER_DEV',
      envAliases: [
        { env: 'CRYPTO_BROKER_APP_ENV', values: { prod: false, dev: true } },
        { env: 'APP_ENV', values: { prod: false, dev: true }, shared: true },
      ],
      flag: '--dev',
    },
  ),
  maxConcurrentStreams: setting(
    integer({ minimum: 1, maximum: 4294967295, default: 1024 }),
    'Calls one connection may have open at a time.',
    {
      scopes: ['server'],
      env: 'CRYPTO_BROKER_GRPC_MAX_CONCURRENT_STREAMS',
      flag: '--max-concurrent-streams',
      placeholder: 'n',
    },
  ),
  drainSeconds: setting(
    integer({ minimum: 0, maximum: 3600, default: 10 }),
    'Seconds that running calls may take to finish after SIGTERM or SIGINT.',
    {
      scopes: PROGRAMS,
      env: 'CRYPTO_BROKER_DRAIN_SECONDS',
      flag: '--drain-seconds',
      placeholder: 'n',
    },
  ),
  log: object({
    level: setting(
      choice(['debug', 'info', 'warn', 'error'], { default: 'info' }),
      'Least severe log lines that are written.',
      {
        scopes: PROGRAMS,
        env: 'CRYPTO_BROKER_LOG_LEVEL',
        flag: '--log-level',
        placeholder: 'level',
      },
    ),
    format: setting(
      choice(['json', 'text'], { default: 'json' }),
      'json: one object a line, for collectors; text: for people.',
      {
        scopes: PROGRAMS,
        env: 'CRYPTO_BROKER_LOG_FORMAT',
        flag: '--log-format',
        placeholder: 'format',
      },
    ),
    output: setting(choice(['stdout', 'stderr'], { default: 'stdout' }), 'Where logs go.', {
      scopes: PROGRAMS,
      env: 'CRYPTO_BROKER_LOG_OUTPUT',
      flag: '--log-output',
      placeholder: 'stream',
    }),
    requests: setting(
      choice(['on', 'off'], { default: 'on' }),
      'One line for each call: method, profile, code, duration, sizes; never payloads.',
      {
        scopes: PROGRAMS,
        env: 'CRYPTO_BROKER_LOG_REQUESTS',
        flag: '--log-requests',
        placeholder: 'on|off',
      },
    ),
  }),
  pool: object({
    threads: setting(
      integer({ minimum: 1, maximum: 64 }),
      'Threads of the native core for signatures and long inputs.',
      {
        scopes: PROGRAMS,
        env: 'CRYPTO_BROKER_POOL_THREADS',
        flag: '--pool-threads',
        placeholder: 'n',
        defaultText: 'one for each CPU',
      },
    ),
    queue: setting(
      integer({ minimum: 1, maximum: 65536, default: 1024 }),
      'Jobs that may wait for a thread; beyond it calls end with RESOURCE_EXHAUSTED.',
      {
        scopes: PROGRAMS,
        env: 'CRYPTO_BROKER_POOL_QUEUE',
        flag: '--pool-queue',
        placeholder: 'n',
      },
    ),
  }),
  caCache: object({
    entries: setting(
      integer({ minimum: 0, maximum: 64, default: 0 }),
      'Parsed CA keys kept in native memory between calls; 0 keeps none.',
      {
        scopes: ['server'],
        env: 'CRYPTO_BROKER_CA_CACHE_ENTRIES',
        flag: '--ca-cache-entries',
        placeholder: 'n',
      },
    ),
    seconds: setting(
      integer({ minimum: 1, maximum: 86400, default: 300 }),
      'Seconds after which a cached CA key is wiped.',
      {
        scopes: ['server'],
        env: 'CRYPTO_BROKER_CA_CACHE_SECONDS',
        flag: '--ca-cache-seconds',
        placeholder: 'n',
      },
    ),
  }),
  benchmark: object({
    caCert: setting(
      optional(absolutePath()),
      'CA certificate the Benchmark method signs with, in place of one made for the run.',
      {
        scopes: ['server'],
        env: 'CRYPTO_BROKER_BENCHMARKING_SIGNCERTIFICATE_CA_CERT',
        flag: '--benchmark-ca-cert',
        placeholder: 'file',
      },
    ),
    privateKey: setting(optional(absolutePath()), 'Private key of that CA.', {
      scopes: ['server'],
      env: 'CRYPTO_BROKER_BENCHMARKING_SIGNCERTIFICATE_PRIVATE_KEY',
      flag: '--benchmark-private-key',
      placeholder: 'file',
    }),
    csr: setting(optional(absolutePath()), 'CSR the Benchmark method issues a certificate for.', {
      scopes: ['server'],
      env: 'CRYPTO_BROKER_BENCHMARKING_SIGNCERTIFICATE_CSR',
      flag: '--benchmark-csr',
      placeholder: 'file',
    }),
  }),
  gateway: GatewaySettingsSchema,
  core: CoreSettingsSchema,
  kmip: KmipSettingsSchema,
  telemetry: TelemetrySettingsSchema,
  client: object({
    socket: setting(
      string({ minLength: 1, maxLength: 4096, default: HISTORIC_SOCKETS[0] }),
      'Unix socket the commands call.',
      { scopes: ['client'], env: 'CRYPTO_BROKER_SOCKET', flag: '--socket', placeholder: 'path' },
    ),
    deadlineMs: setting(
      integer({ minimum: 1, maximum: 600000, default: 10000 }),
      'Milliseconds a call may take before the client gives up.',
      {
        scopes: ['client'],
        env: 'CRYPTO_BROKER_DEADLINE_MS',
        flag: '--deadline-ms',
        placeholder: 'ms',
      },
    ),
  }),
});

type Immutable<T> = T extends readonly (infer E)[]
  ? readonly Immutable<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T;

/** All settings, checked and frozen. Every program gets the whole; `scope` only decides whose flags are read. */
export type Settings = Immutable<Static<typeof SettingsSchema>>;
