// Imports point downwards: docs/architecture.md draws the same picture. `npm test` fails on every arrow that does not.

const base = '^src/(errors|config|telemetry|generated)/';

/** A rule that forbids everything below src except what `allowed` names. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: {
    path: '^src/',
    pathNot: [`^src/${from}/`, base, ...allowed.map((folder) => `^src/${folder}/`)],
  },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle has no bottom to read from.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: ['^src/bin/', '^src/generated/'] },
      to: {},
    },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependencies',
      comment: 'What ships may not need what does not.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'src-knows-no-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts)/' },
    },

    {
      name: 'errors-is-the-bottom',
      severity: 'error',
      from: { path: '^src/errors/' },
      to: { path: '^src/', pathNot: '^src/errors/' },
    },
    {
      name: 'generated-stands-alone',
      severity: 'error',
      from: { path: '^src/generated/' },
      to: { path: '^src/', pathNot: '^src/generated/' },
    },
    {
      name: 'base-stays-low',
      comment: 'config and telemetry use errors and each other, nothing above.',
      severity: 'error',
      from: { path: '^src/(config|telemetry)/' },
      to: { path: '^src/', pathNot: base },
    },

    only('addon-is-low', 'addon', [], 'The .node file: its types, its loading, its errors.'),
    only('crypto-is-low', 'crypto', ['addon'], 'The crypto seam knows the addon and itself.'),
    only('x509-uses-crypto', 'x509', ['crypto']),
    only('profile-uses-crypto', 'profile', ['crypto']),
    only(
      'client-trust-is-low',
      'client-trust',
      ['x509'],
      'Gateway and Core judge certificates by it, each for itself.',
    ),
    only(
      'tls-files-is-low',
      'tls-files',
      [],
      'Every port and link reads its certificates and keys by the same rules.',
    ),
    only('grpc-knows-no-crypto', 'grpc', []),
    only('kmip-is-low', 'kmip', [], 'Codec, messages and engine: they never meet crypto.'),
    {
      name: 'kmip-has-no-sockets',
      comment: 'Bytes in, bytes out: connections are for kmip-session and kmip-client.',
      severity: 'error',
      from: { path: '^src/kmip/' },
      to: {
        dependencyTypes: ['core'],
        path: '^(node:)?(net|tls|http2?|https|fs|worker_threads)(/|$)',
      },
    },
    only('kmip-session-serves-kmip', 'kmip-session', ['kmip']),
    only('kmip-client-speaks-kmip', 'kmip-client', ['kmip']),
    only(
      'sqlite-is-low',
      'sqlite',
      [],
      'A database file and its safety; what is in it is for others.',
    ),
    only(
      'vault-knows-no-crypto',
      'vault',
      ['sqlite'],
      'It sees wrapped keys alone: plaintext cannot reach what imports no crypto.',
    ),
    only(
      'uplink-wire-decides-nothing',
      'uplink-wire',
      ['grpc'],
      'Both ends of the Core Uplink read it; of grpc it uses the strict check of messages.',
    ),
    only(
      'uplink-knows-no-crypto',
      'uplink',
      ['tls-files', 'uplink-wire'],
      'Neither keys nor KMIP: what came is handed to the Gateway through UplinkHandlers.',
    ),
    only(
      'data-plane-serves-the-table',
      'data-plane',
      ['addon', 'crypto', 'profile', 'grpc'],
      'The transport inside the addon: of methods and policies it knows the rows, never the handlers.',
    ),
    only(
      'client-stands-alone',
      'client',
      ['addon'],
      'The client library must not pull in the server; of the addon it uses the client side alone.',
    ),
    only(
      'gateway-uses-the-rest',
      'gateway',
      [
        'client-trust',
        'crypto',
        'grpc',
        'kmip',
        'kmip-session',
        'tls-files',
        'uplink',
        'uplink-wire',
        'vault',
        'x509',
      ],
      'Gateway, Core, Broker and CLI never meet; bin wires them.',
    ),
    only('broker-uses-the-rest', 'broker', ['crypto', 'x509', 'profile', 'grpc']),
    only(
      'core-uses-the-rest',
      'core',
      ['crypto', 'kmip', 'grpc', 'sqlite', 'tls-files', 'uplink-wire', 'client-trust'],
      'The authority: neither the Gateway nor its end of the uplink; bin wires them.',
    ),
    only(
      'cli-uses-the-rest',
      'cli',
      [
        'crypto',
        'x509',
        'profile',
        'grpc',
        'client',
        'uplink-wire',
        'kmip',
        'kmip-client',
        'vault',
      ],
      'cli never meets broker, gateway or core; bin wires them.',
    ),

    {
      name: 'one-door-to-the-addon',
      comment: 'src/addon alone loads the .node file, and five places ask it to.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot:
          '^src/(addon|data-plane|client)/|^src/crypto/(native/|index\\.ts)|^src/bin/end-process\\.ts',
      },
      to: { path: '^src/addon/' },
    },
    {
      name: 'one-door-to-sqlite',
      comment: 'src/sqlite/driver.ts alone names the library.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/sqlite/driver\\.ts$' },
      to: { path: 'node_modules/(@types/)?better-sqlite3' },
    },
    {
      name: 'one-door-to-peculiar',
      comment: 'Its global set-up (reflect-metadata) happens in src/x509 and nowhere else.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/x509/' },
      to: { path: 'node_modules/(@peculiar|reflect-metadata)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
