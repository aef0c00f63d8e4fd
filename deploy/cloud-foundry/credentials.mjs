// Writes the PEM texts of a bound service to files, because the Gateway reads certificates and keys from files.
//
//   node credentials.mjs SERVICE DIRECTORY
//
// SERVICE is the name of a service instance in VCAP_SERVICES. Its credentials are named as the flags of `cryptobroker
// gateway` are: core-ca, core-cert, core-key, cert, key, client-ca. Other names are left alone.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAMES = ['cert', 'key', 'client-ca', 'core-ca', 'core-cert', 'core-key'];

try {
  const [service, directory, ...more] = process.argv.slice(2);
  if (service === undefined || directory === undefined || more.length > 0)
    throw new Error('usage: node credentials.mjs SERVICE DIRECTORY');
  for (const [name, pem] of pemTexts(credentialsOf(service, process.env.VCAP_SERVICES)))
    writeFileSync(join(directory, `${name}.pem`), pem, { mode: 0o600, flag: 'wx' });
} catch (error) {
  // What an error of JSON or of the file system quotes could be a secret.
  const text = error instanceof SyntaxError ? 'VCAP_SERVICES is not JSON' : error.message;
  process.stderr.write(`error: ${text}\n`);
  process.exitCode = 2;
}

/** The credentials of the one bound service instance of this name. */
function credentialsOf(service, text) {
  if (text === undefined) throw new Error('VCAP_SERVICES is not set: is a service bound?');
  const offerings = Object.values(asRecord(JSON.parse(text), 'VCAP_SERVICES'));
  const instances = offerings.flatMap((offering) => (Array.isArray(offering) ? offering : []));
  const found = instances.filter(
    (instance) => instance?.name === service || instance?.binding_name === service,
  );
  if (found.length !== 1)
    throw new Error(`${found.length} bound services are called ${service}; there must be one`);
  return asRecord(found[0].credentials, `the credentials of ${service}`);
}

/** Those that we know, each a PEM text. */
function pemTexts(credentials) {
  const known = NAMES.filter((name) => Object.hasOwn(credentials, name));
  if (known.length === 0)
    throw new Error(`the service has none of the credentials ${NAMES.join(', ')}`);
  return known.map((name) => {
    const value = credentials[name];
    if (typeof value !== 'string' || !/^\s*-----BEGIN [A-Z0-9 ]+-----/.test(value))
      throw new Error(`the credential ${name} is not a PEM text`);
    return [name, value];
  });
}

function asRecord(value, what) {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${what} must be an object`);
  return value;
}
