import { array, choice, integer, object, optional, string } from '../schema.ts';
import { absolutePath, endpoint, name, setting } from './spelling.ts';

/** Settings of `cryptobroker gateway`. */
export const GatewaySettingsSchema = object({
  name: setting(
    optional(name()),
    "Name of this Gateway, as declared to the Core and as in its certificate's URI.",
    {
      scopes: ['gateway'],
      env: 'CRYPTO_BROKER_GATEWAY_NAME',
      flag: '--name',
      placeholder: 'name',
      defaultText: 'the name in the uplink certificate',
    },
  ),
  listen: setting(
    endpoint({ default: '127.0.0.1:5696' }),
    'Address and port of the KMIP listener; port 0 takes a free one.',
    {
      scopes: ['gateway'],
      env: 'CRYPTO_BROKER_GATEWAY_LISTEN',
      flag: '--listen',
      placeholder: 'host:port',
    },
  ),
  cert: setting(
    array(absolutePath(), { maxItems: 4, default: [] }),
    'Server certificates of the KMIP listener with their chains, PEM; one for each kind of key (RSA, EC). In the environment separated by colons.',
    {
      scopes: ['gateway'],
      env: 'CRYPTO_BROKER_GATEWAY_CERT',
      flag: '--cert',
      placeholder: 'file',
    },
  ),
  key: setting(
    array(absolutePath(), { maxItems: 4, default: [] }),
    'Private keys of those certificates, in the same order.',
    {
      scopes: ['gateway'],
      env: 'CRYPTO_BROKER_GATEWAY_KEY',
      flag: '--key',
      placeholder: 'file',
    },
  ),
  clientCa: setting(
    array(absolutePath(), { maxItems: 16, default: [] }),
    "Further CA certificates to verify clients with, such as intermediates they do not send. Whose client it is, the tenants' own CAs decide.",
    {
      scopes: ['gateway'],
      env: 'CRYPTO_BROKER_GATEWAY_CLIENT_CA',
      flag: '--client-ca',
      placeholder: 'file',
    },
  ),
  vaultDir: setting(
    absolutePath({ default: '/var/lib/crypto-broker/gateway' }),
    'Directory of the vault; made with mode 0700 when it is not there.',
    {
      scopes: ['gateway', 'gateway-client'],
      env: 'CRYPTO_BROKER_GATEWAY_VAULT_DIR',
      flag: '--vault-dir',
      placeholder: 'dir',
    },
  ),
  sealingKey: setting(
    absolutePath({ default: '/var/lib/crypto-broker/gateway-key/sealing.pem' }),
    'File of the sealing key that service keys are sealed to; made on first use. Keep it on another volume than the vault.',
    {
      scopes: ['gateway'],
      env: 'CRYPTO_BROKER_GATEWAY_SEALING_KEY',
      flag: '--sealing-key',
      placeholder: 'file',
    },
  ),
  sealingPassphraseFile: setting(
    optional(absolutePath()),
    'File with the passphrase (at least 8 bytes) that the sealing key file is encrypted with.',
    {
      scopes: ['gateway'],
      env: 'CRYPTO_BROKER_GATEWAY_SEALING_PASSPHRASE_FILE',
      flag: '--sealing-passphrase-file',
      placeholder: 'file',
    },
  ),
  statusSocket: setting(
    absolutePath({ default: '/run/crypto-broker/gateway.sock' }),
    'Unix socket of mode 0600 that answers status and health.',
    {
      scopes: ['gateway', 'gateway-client'],
      env: 'CRYPTO_BROKER_GATEWAY_STATUS_SOCKET',
      flag: '--status-socket',
      placeholder: 'path',
    },
  ),
  uid: setting(
    choice(['uuid', 'tenant-key-version'], { default: 'uuid' }),
    'Form of new Unique Identifiers: a random UUID, or tenant:key:version.',
    {
      scopes: ['gateway'],
      env: 'CRYPTO_BROKER_GATEWAY_UID',
      flag: '--uid',
      placeholder: 'form',
    },
  ),
  auditDays: setting(
    integer({ minimum: 0, maximum: 36500, default: 400 }),
    'Days that the vault keeps audit entries; 0: for good.',
    {
      scopes: ['gateway'],
      env: 'CRYPTO_BROKER_GATEWAY_AUDIT_DAYS',
      flag: '--audit-days',
      placeholder: 'n',
    },
  ),
  core: object({
    address: setting(optional(endpoint()), 'Address of the Core. Required.', {
      scopes: ['gateway'],
      env: 'CRYPTO_BROKER_GATEWAY_CORE_ADDRESS',
      flag: '--core',
      placeholder: 'host:port',
    }),
    identity: setting(
      optional(
        string({
          pattern: '^(spiffe://[A-Za-z0-9._/-]{1,240}|[A-Za-z0-9._:-]{1,253})$',
          problem: 'must be a SPIFFE id, a DNS name or an IP address',
        }),
      ),
      'Who the Core must be by its certificate: a SPIFFE id (ending in /: any below it), a DNS name or an IP address.',
      {
        scopes: ['gateway'],
        env: 'CRYPTO_BROKER_GATEWAY_CORE_IDENTITY',
        flag: '--core-identity',
        placeholder: 'identity',
        defaultText: 'the host of the address',
      },
    ),
    ca: setting(
      optional(absolutePath()),
      "CA certificates the Core's certificate must verify against, PEM. Required.",
      {
        scopes: ['gateway'],
        env: 'CRYPTO_BROKER_GATEWAY_CORE_CA',
        flag: '--core-ca',
        placeholder: 'file',
      },
    ),
    cert: setting(
      optional(absolutePath()),
      'Client certificate of this Gateway for the Core, with its chain, PEM. Required.',
      {
        scopes: ['gateway'],
        env: 'CRYPTO_BROKER_GATEWAY_CORE_CERT',
        flag: '--core-cert',
        placeholder: 'file',
      },
    ),
    key: setting(optional(absolutePath()), 'Private key of that certificate. Required.', {
      scopes: ['gateway'],
      env: 'CRYPTO_BROKER_GATEWAY_CORE_KEY',
      flag: '--core-key',
      placeholder: 'file',
    }),
  }),
  limits: object({
    connections: setting(
      integer({ minimum: 1, maximum: 100000, default: 2048 }),
      'KMIP connections at a time.',
      {
        scopes: ['gateway'],
        env: 'CRYPTO_BROKER_GATEWAY_MAX_CONNECTIONS',
        flag: '--max-connections',
        placeholder: 'n',
      },
    ),
    connectionsPerClient: setting(
      integer({ minimum: 1, maximum: 100000, default: 256 }),
      'KMIP connections of one client at a time.',
      {
        scopes: ['gateway'],
        env: 'CRYPTO_BROKER_GATEWAY_MAX_CONNECTIONS_PER_CLIENT',
        flag: '--max-connections-per-client',
        placeholder: 'n',
      },
    ),
    requestsPerSecond: setting(
      integer({ minimum: 0, maximum: 10000000, default: 0 }),
      'KMIP requests of one client in a second; 0: no limit.',
      {
        scopes: ['gateway'],
        env: 'CRYPTO_BROKER_GATEWAY_MAX_REQUESTS_PER_SECOND',
        flag: '--max-requests-per-second',
        placeholder: 'n',
      },
    ),
    batchItems: setting(
      integer({ minimum: 1, maximum: 1000, default: 128 }),
      'Items of one KMIP batch.',
      {
        scopes: ['gateway'],
        env: 'CRYPTO_BROKER_GATEWAY_MAX_BATCH_ITEMS',
        flag: '--max-batch-items',
        placeholder: 'n',
      },
    ),
    idleSeconds: setting(
      integer({ minimum: 1, maximum: 86400, default: 600 }),
      'Seconds after which a KMIP connection without a request is closed.',
      {
        scopes: ['gateway'],
        env: 'CRYPTO_BROKER_GATEWAY_IDLE_SECONDS',
        flag: '--idle-seconds',
        placeholder: 'n',
      },
    ),
    minimumFreeMiB: setting(
      integer({ minimum: 0, maximum: 1048576, default: 64 }),
      'Free space in MiB below which the vault takes no new keys; Get goes on.',
      {
        scopes: ['gateway'],
        env: 'CRYPTO_BROKER_GATEWAY_MINIMUM_FREE_MIB',
        flag: '--minimum-free-mib',
        placeholder: 'n',
      },
    ),
  }),
});
