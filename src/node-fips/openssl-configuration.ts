/**
 * Checks of the FIPS provider that our core switches on (native/crypto/fips_parameters.h) and that Node's copy switches on
 * the same way. A test compares the two lists.
 */
export const FIPS_CHECKS = [
  'conditional-errors',
  'security-checks',
  'hmac-key-check',
  'kmac-key-check',
  'tls1-prf-ems-check',
  'no-short-mac',
  'drbg-no-trunc-md',
  'signature-digest-check',
  'hkdf-digest-check',
  'tls13-kdf-digest-check',
  'tls1-prf-digest-check',
  'sshkdf-digest-check',
  'sskdf-digest-check',
  'x963kdf-digest-check',
  'dsa-sign-disabled',
  'tdes-encrypt-disabled',
  'rsa-pkcs15-pad-disabled',
  'rsa-pss-saltlen-check',
  'rsa-sign-x931-pad-disabled',
  'hkdf-key-check',
  'kbkdf-key-check',
  'tls13-kdf-key-check',
  'tls1-prf-key-check',
  'sshkdf-key-check',
  'sskdf-key-check',
  'x963kdf-key-check',
  'x942kdf-key-check',
  'pbkdf2-lower-bound-check',
  'ecdh-cofactor-check',
] as const;

/**
 * The configuration for Node's OpenSSL. Node reads the section named by `nodejs_conf` alone: an `openssl_conf` would be
 * passed over, and Node would start without FIPS and say nothing. The base provider has the encoders that the FIPS one lacks.
 */
export function opensslConfiguration(modulePath: string, mac: string): string {
  // OpenSSL's configuration language would expand or cut off anything else.
  if (!/^[\w./+@:~-]+$/.test(modulePath))
    throw new Error('the path cannot be written into an OpenSSL configuration');
  return `nodejs_conf = nodejs
config_diagnostics = 1

[nodejs]
providers = providers
alg_section = algorithms

[providers]
fips = fips
base = base

[fips]
module = ${modulePath}
activate = 1
${FIPS_CHECKS.map((name) => `${name} = 1`).join('\n')}
module-mac = ${mac}

[base]
activate = 1

[algorithms]
default_properties = fips=yes
`;
}
