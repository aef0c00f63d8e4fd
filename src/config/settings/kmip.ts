import { choice, integer, object, optional } from '../schema.ts';
import { anyPath, endpoint, name, setting } from './spelling.ts';

/** Settings of the KMIP client, `cryptobroker kmip …`. */
export const KmipSettingsSchema = object({
  server: setting(endpoint({ default: '127.0.0.1:5696' }), 'Address and port of the KMIP server.', {
    scopes: ['kmip'],
    env: 'CRYPTO_BROKER_KMIP_SERVER',
    flag: '--server',
    placeholder: 'host:port',
  }),
  serverName: setting(optional(name()), "Name that the server's certificate must carry.", {
    scopes: ['kmip'],
    env: 'CRYPTO_BROKER_KMIP_SERVER_NAME',
    flag: '--server-name',
    placeholder: 'name',
    defaultText: 'the host of the address',
  }),
  ca: setting(optional(anyPath()), 'CA certificates of the server, PEM.', {
    scopes: ['kmip'],
    env: 'CRYPTO_BROKER_KMIP_CA',
    flag: '--ca',
    placeholder: 'file',
  }),
  cert: setting(optional(anyPath()), 'Client certificate with its chain, PEM.', {
    scopes: ['kmip'],
    env: 'CRYPTO_BROKER_KMIP_CERT',
    flag: '--cert',
    placeholder: 'file',
  }),
  key: setting(optional(anyPath()), 'Private key of that certificate.', {
    scopes: ['kmip'],
    env: 'CRYPTO_BROKER_KMIP_KEY',
    flag: '--key',
    placeholder: 'file',
  }),
  version: setting(
    choice(['auto', '1.0', '1.1', '1.2', '1.3', '1.4', '2.0', '2.1'], { default: 'auto' }),
    'KMIP version; auto: the highest that both know.',
    {
      scopes: ['kmip'],
      env: 'CRYPTO_BROKER_KMIP_VERSION',
      flag: '--kmip-version',
      placeholder: 'version',
    },
  ),
  timeoutMs: setting(
    integer({ minimum: 1, maximum: 600000, default: 10000 }),
    'Milliseconds an operation may take.',
    {
      scopes: ['kmip'],
      env: 'CRYPTO_BROKER_KMIP_TIMEOUT_MS',
      flag: '--timeout-ms',
      placeholder: 'ms',
    },
  ),
});
