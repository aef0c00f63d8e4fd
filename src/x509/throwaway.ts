import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  randomBytes,
  webcrypto,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';

import { CA_CERTIFICATE } from './document.ts';
import { keyIdentifier } from './extensions.ts';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from './peculiar.ts';
import { writePem } from './pem.ts';
import { readPublicKey } from './public-key.ts';

/** A key to make. RSA: 2048 to 4096 bits; ECDSA: P-256, P-384 or P-521. */
export type ThrowawayKey =
  | { readonly algorithm: 'RSA'; readonly bits: 2048 | 3072 | 4096 }
  | { readonly algorithm: 'ECDSA'; readonly bits: 256 | 384 | 521 };

/** A CA that is used once and forgotten. */
export interface ThrowawayCa {
  /** PKCS #8, unencrypted. */
  readonly keyPem: string;
  readonly certificatePem: string;
}

/** A PKCS #10 request and the key that signed it. */
export interface ThrowawayRequest {
  /** PKCS #8, unencrypted. */
  readonly keyPem: string;
  readonly csrPem: string;
}

/** How long a throwaway CA lasts: 30 days from an hour ago. */
const HOUR = 3600;
const LIFETIME = 30 * 24 * HOUR;

const generate = promisify(generateKeyPair);

/**
 * Makes a CA for tests, demonstrations and benchmarks: a key and its self-signed certificate (CA:TRUE, keyCertSign,
 * cRLSign, SKI). `now` is in seconds since 1970. Not for production: the key is handed out as text.
 */
export async function makeThrowawayCa(options: {
  readonly key: ThrowawayKey;
  readonly now: number;
  readonly commonName?: string;
}): Promise<ThrowawayCa> {
  const { publicKey, privateKey } = await generatePair(options.key);
  const keys = webKeys(options.key, publicKey, privateKey);
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const notBefore = options.now - HOUR;
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      // Its own issuer and the only one of its name: any positive number is unique.
      serialNumber: '01',
      name: commonName(options.commonName ?? 'Throwaway CA'),
      notBefore: new Date(notBefore * 1000),
      notAfter: new Date((notBefore + LIFETIME) * 1000),
      keys,
      signingAlgorithm: { hash: digestFor(options.key) },
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        new SubjectKeyIdentifierExtension(
          keyIdentifier(readPublicKey(spki, CA_CERTIFICATE).bits, 'sha-1'),
        ),
      ],
    },
    webcrypto,
  );
  return {
    keyPem: pkcs8(privateKey),
    certificatePem: writePem('CERTIFICATE', new Uint8Array(certificate.rawData)),
  };
}

/** Makes a key and a request signed with it, for the same uses. Not for production. */
export async function makeThrowawayRequest(options: {
  readonly key: ThrowawayKey;
  readonly commonName?: string;
}): Promise<ThrowawayRequest> {
  const { publicKey, privateKey } = await generatePair(options.key);
  const request = await Pkcs10CertificateRequestGenerator.create(
    {
      name: commonName(options.commonName ?? 'Throwaway Service'),
      keys: webKeys(options.key, publicKey, privateKey),
      signingAlgorithm: { name: webName(options.key), hash: digestFor(options.key) },
    },
    webcrypto,
  );
  return {
    keyPem: pkcs8(privateKey),
    csrPem: writePem('CERTIFICATE REQUEST', new Uint8Array(request.rawData)),
  };
}

/** What a throwaway certificate says of its holder. */
export interface ThrowawayNames {
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
  readonly uri?: readonly string[];
}

/** A certificate of a throwaway CA, with its key. */
export interface ThrowawayLeaf {
  /** PKCS #8, unencrypted. */
  readonly keyPem: string;
  readonly certificatePem: string;
}

const USAGES = {
  server: ExtendedKeyUsage.serverAuth,
  client: ExtendedKeyUsage.clientAuth,
} as const;

/**
 * Makes a TLS certificate under a throwaway CA, for tests, demonstrations and development. `now` is in seconds since 1970;
 * `lifetime` in seconds, from an hour ago, default 30 days. Not for production: the key is handed out as text.
 */
export async function makeThrowawayLeaf(options: {
  readonly ca: ThrowawayCa;
  readonly key: ThrowawayKey;
  readonly now: number;
  readonly commonName: string;
  readonly organizationalUnits?: readonly string[];
  readonly names: ThrowawayNames;
  readonly usages: readonly (keyof typeof USAGES)[];
  readonly lifetime?: number;
}): Promise<ThrowawayLeaf> {
  const issuerKey = createPrivateKey(options.ca.keyPem);
  const issuer = new X509Certificate(options.ca.certificatePem);
  const issuerKind = kindOf(issuerKey);
  const { publicKey, privateKey } = await generatePair(options.key);
  const notBefore = options.now - HOUR;
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: randomBytes(16).fill(0x01, 0, 1).toString('hex'),
      subject: subjectOf(options.commonName, options.organizationalUnits ?? []),
      issuer: issuer.subjectName,
      notBefore: new Date(notBefore * 1000),
      notAfter: new Date((notBefore + (options.lifetime ?? LIFETIME)) * 1000),
      publicKey: webKeys(options.key, publicKey, privateKey).publicKey,
      signingKey: webKeys(issuerKind, createPublicKey(issuerKey), issuerKey).privateKey,
      signingAlgorithm: { name: webName(issuerKind), hash: digestFor(issuerKind) },
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension(options.usages.map((usage) => USAGES[usage])),
        new SubjectAlternativeNameExtension(generalNames(options.names)),
      ],
    },
    webcrypto,
  );
  return {
    keyPem: pkcs8(privateKey),
    certificatePem: writePem('CERTIFICATE', new Uint8Array(certificate.rawData)),
  };
}

function generalNames({ dns = [], ip = [], uri = [] }: ThrowawayNames) {
  return [
    ...dns.map((value) => ({ type: 'dns' as const, value })),
    ...ip.map((value) => ({ type: 'ip' as const, value })),
    ...uri.map((value) => ({ type: 'url' as const, value })),
  ];
}

/** Which kind of key a throwaway CA has. */
function kindOf(key: KeyObject): ThrowawayKey {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (namedCurve) {
    case 'prime256v1':
      return { algorithm: 'ECDSA', bits: 256 };
    case 'secp384r1':
      return { algorithm: 'ECDSA', bits: 384 };
    case 'secp521r1':
      return { algorithm: 'ECDSA', bits: 521 };
    default:
      return { algorithm: 'RSA', bits: modulusLength === 4096 ? 4096 : 2048 };
  }
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function generatePair(key: ThrowawayKey): Promise<KeyPair> {
  return key.algorithm === 'RSA'
    ? generate('rsa', { modulusLength: key.bits })
    : generate('ec', { namedCurve: `P-${key.bits}` });
}

function webKeys(key: ThrowawayKey, publicKey: KeyObject, privateKey: KeyObject) {
  const algorithm =
    key.algorithm === 'RSA'
      ? { name: webName(key), hash: digestFor(key) }
      : { name: webName(key), namedCurve: `P-${key.bits}` };
  return {
    publicKey: publicKey.toCryptoKey(algorithm, true, ['verify']),
    privateKey: privateKey.toCryptoKey(algorithm, false, ['sign']),
  };
}

function webName(key: ThrowawayKey): string {
  return key.algorithm === 'RSA' ? 'RSASSA-PKCS1-v1_5' : 'ECDSA';
}

/** A digest of at least the key's strength (SP 800-57 part 1 §5.6.2). */
function digestFor(key: ThrowawayKey): string {
  switch (key.bits) {
    case 384:
      return 'SHA-384';
    case 521:
      return 'SHA-512';
    default:
      return 'SHA-256';
  }
}

function commonName(value: string): Name {
  return new Name([{ CN: [{ utf8String: value }] }]);
}

function subjectOf(name: string, units: readonly string[]): Name {
  const attributes = units.map((unit) => ({ OU: [{ utf8String: unit }] }));
  return new Name([...attributes, { CN: [{ utf8String: name }] }]);
}

function pkcs8(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}
