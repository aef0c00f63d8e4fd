import { object, optional, string } from '../schema.ts';
import { absolutePath, endpoint, name, setting } from './spelling.ts';

/** Settings of `cryptobroker core`, the reference Core. */
export const CoreSettingsSchema = object({
  listen: setting(
    endpoint({ default: '127.0.0.1:7443' }),
    'Address and port that Gateways dial; port 0 takes a free one.',
    {
      scopes: ['core'],
      env: 'CRYPTO_BROKER_CORE_LISTEN',
      flag: '--listen',
      placeholder: 'host:port',
    },
  ),
  cert: setting(optional(absolutePath()), 'Server certificate with its chain, PEM. Required.', {
    scopes: ['core'],
    env: 'CRYPTO_BROKER_CORE_CERT',
    flag: '--cert',
    placeholder: 'file',
  }),
  key: setting(optional(absolutePath()), 'Private key of that certificate. Required.', {
    scopes: ['core'],
    env: 'CRYPTO_BROKER_CORE_KEY',
    flag: '--key',
    placeholder: 'file',
  }),
  gatewayCa: setting(
    optional(absolutePath()),
    'CA certificates that the certificates of Gateways must verify against, PEM. Required.',
    {
      scopes: ['core'],
      env: 'CRYPTO_BROKER_CORE_GATEWAY_CA',
      flag: '--gateway-ca',
      placeholder: 'file',
    },
  ),
  dataDir: setting(
    absolutePath({ default: '/var/lib/crypto-broker/core' }),
    "Directory of the Core's store; made with mode 0700 when it is not there.",
    {
      scopes: ['core'],
      env: 'CRYPTO_BROKER_CORE_DATA_DIR',
      flag: '--data-dir',
      placeholder: 'dir',
    },
  ),
  rootSecretFile: setting(
    optional(absolutePath()),
    'File of mode 0600 with the root secret, or one of root that its group at most may read: 32 bytes, raw or in hex.',
    {
      scopes: ['core'],
      env: 'CRYPTO_BROKER_CORE_ROOT_SECRET_FILE',
      flag: '--root-secret-file',
      placeholder: 'file',
    },
  ),
  rootSecret: setting(
    optional(
      string({
        pattern: '^[0-9A-Fa-f]{64}$',
        problem: 'must be 64 hexadecimal digits',
      }),
    ),
    'The root secret itself in hex, for platforms that hand secrets over in the environment. A file is better.',
    {
      scopes: ['core'],
      env: 'CRYPTO_BROKER_CORE_ROOT_SECRET',
      secret: true,
    },
  ),
  adminSocket: setting(
    absolutePath({ default: '/run/crypto-broker/core.sock' }),
    'Unix socket of mode 0600 for administration.',
    {
      scopes: ['core', 'core-client'],
      env: 'CRYPTO_BROKER_CORE_ADMIN_SOCKET',
      flag: '--admin-socket',
      placeholder: 'path',
    },
  ),
  region: setting(name({ default: 'local' }), 'Name of the region, as Gateways report it.', {
    scopes: ['core'],
    env: 'CRYPTO_BROKER_CORE_REGION',
    flag: '--region',
    placeholder: 'name',
  }),
});
