import { createPrivateKey, createPublicKey } from 'node:crypto';

import type { ErrorCode } from '../../../src/errors/index.ts';
import { writePem } from '../../../src/x509/pem.ts';
import { ecKey, ed25519Key, pkcs8Pem, rsaKey, withForeignScalar } from '../handmade-keys.ts';
import { caOf, derOf, requestOf } from '../pki.ts';
import {
  fault,
  GARBAGE,
  withDamagedBase64,
  type CertificateFault,
  type CertificateFaults,
  type MakeBytes,
} from './fault.ts';

const keyPem = async (): Promise<string> => (await caOf('P-256')).keyPem;
const keyDer = async (): Promise<Uint8Array> => derOf(await keyPem());
const certificatePem = async (): Promise<string> => (await caOf('P-256')).certificatePem;
const certificateDer = async (): Promise<Uint8Array> => derOf(await certificatePem());

/** What `openssl ecparam -name P-256` prints. */
const EC_PARAMETERS = `-----BEGIN EC PARAMETERS-----
BggqhkjOPQMBBw==
-----END EC PARAMETERS-----
`;

/** CA keys that cannot be read, or do not belong to the CA. */
export const CA_KEY_FAULTS: CertificateFaults = [
  malformedKey('is empty', () => Buffer.alloc(0)),
  malformedKey('is 1 MiB of garbage', () => GARBAGE),
  malformedKey('is EC parameters only', () => Buffer.from(EC_PARAMETERS)),
  malformedKey('is a public key', async () =>
    Buffer.from(createPublicKey(await keyPem()).export({ format: 'pem', type: 'spki' })),
  ),
  malformedKey('is a certificate', async () => Buffer.from(await certificatePem())),
  malformedKey('is DER that is cut off', async () => (await keyDer()).subarray(0, -1)),
  malformedKey('is DER with an octet too many', async () =>
    Buffer.concat([await keyDer(), Buffer.of(0)]),
  ),
  malformedKey('is PEM with an octet too many', async () =>
    Buffer.from(writePem('PRIVATE KEY', Buffer.concat([await keyDer(), Buffer.of(0)]))),
  ),
  malformedKey('has a character that is not base64', async () => withDamagedBase64(await keyPem())),
  key('is encrypted PKCS #8', 'CA_KEY_ENCRYPTED', async () =>
    Buffer.from(await encrypted('pkcs8')),
  ),
  key('is encrypted PKCS #8 in DER', 'CA_KEY_ENCRYPTED', async () =>
    derOf(await encrypted('pkcs8')),
  ),
  key('is SEC1 encrypted the old way', 'CA_KEY_ENCRYPTED', async () =>
    Buffer.from(await encrypted('sec1')),
  ),
  key('is a P-224 key', 'KEY_UNSUPPORTED', () => pkcs8Pem(ecKey('secp224r1'))),
  key('is an Ed25519 key', 'KEY_UNSUPPORTED', () => pkcs8Pem(ed25519Key())),
  key('is an RSA-1024 key', 'ISSUER_KEY_NOT_ALLOWED', () => pkcs8Pem(rsaKey(1024))),
  key('is another key of the same kind', 'CA_KEY_MISMATCH', () => pkcs8Pem(ecKey('P-256'))),
  key('lies on another curve', 'CA_KEY_MISMATCH', () => pkcs8Pem(ecKey('P-384'))),
  key('states the right public key beside a foreign private one', 'CA_KEY_MISMATCH', async () =>
    withForeignScalar(createPrivateKey(await keyPem())),
  ),
];

/** CA certificates that cannot be read. */
export const CA_CERTIFICATE_FAULTS: CertificateFaults = [
  certificate('is empty', () => Buffer.alloc(0)),
  certificate('is 1 MiB of garbage', () => GARBAGE),
  certificate('is a CSR', async () => derOf((await requestOf('P-256')).csrPem)),
  certificate('has another label', async () =>
    Buffer.from((await certificatePem()).replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE')),
  ),
  certificate('has a character that is not base64', async () =>
    withDamagedBase64(await certificatePem()),
  ),
  certificate('is DER that is cut off', async () => (await certificateDer()).subarray(0, -1)),
  certificate('is DER with an octet too many', async () =>
    Buffer.concat([await certificateDer(), Buffer.of(0)]),
  ),
  certificate('is PEM with an octet too many', async () =>
    Buffer.from(writePem('CERTIFICATE', Buffer.concat([await certificateDer(), Buffer.of(0)]))),
  ),
  certificate('names two signature algorithms', async () => {
    const changed = Buffer.from(await certificateDer());
    // The last octet of the outer ecdsa-with-SHA256, which becomes SHA384.
    const oid = Buffer.from('2a8648ce3d040302', 'hex');
    changed.writeUInt8(3, changed.lastIndexOf(oid) + oid.length - 1);
    return changed;
  }),
];

async function encrypted(type: 'pkcs8' | 'sec1'): Promise<string> {
  const options = { cipher: 'aes-256-cbc', passphrase: 'not a secret' };
  return createPrivateKey(await keyPem())
    .export({ format: 'pem', type, ...options })
    .toString();
}

function key(what: string, code: ErrorCode, bytes: MakeBytes): CertificateFault {
  const name = `a CA key that ${what}`;
  return fault(name, code, 'caPrivateKey', async () => ({ caKey: await bytes() }));
}

function malformedKey(what: string, bytes: MakeBytes): CertificateFault {
  return key(what, 'CA_KEY_MALFORMED', bytes);
}

function certificate(what: string, bytes: MakeBytes): CertificateFault {
  const name = `a CA certificate that ${what}`;
  return fault(name, 'CA_CERT_MALFORMED', 'caCert', async () => ({ caCertificate: await bytes() }));
}
