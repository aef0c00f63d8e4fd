import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import {
  bitString,
  element,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
} from './der-writer.ts';
import { writePem } from '../../src/x509/pem.ts';

/** An X.509 certificate and its key, made field by field: also such as no library would make. */
export interface HandmadeCertificate {
  readonly der: Buffer;
  readonly pem: string;
  readonly key: KeyObject;
  readonly keyPem: string;
  /** Name, DER. */
  readonly subject: Buffer;
}

export interface CertificateOptions {
  /** Absent: self-signed. */
  readonly issuer?: HandmadeCertificate;
  readonly subject?: Buffer;
  readonly extensions?: readonly Buffer[];
  /** Milliseconds since 1970; by default an hour ago and in a day. */
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly rsaBits?: number;
  readonly digest?: 'sha1' | 'sha256';
}

const HOUR_MS = 3_600_000;
let serial = 1;

const ALGORITHMS = {
  ec: { sha1: '1.2.840.10045.4.1', sha256: '1.2.840.10045.4.3.2' },
  rsa: { sha1: '1.2.840.113549.1.1.5', sha256: '1.2.840.113549.1.1.11' },
} as const;

/** Makes and signs a certificate with an EC key on P-256, or an RSA key. */
export function makeCertificate(options: CertificateOptions = {}): HandmadeCertificate {
  const { privateKey: key } =
    options.rsaBits === undefined
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: options.rsaBits });
  const subject = options.subject ?? nameOf(['CN', 'somebody']);
  const { issuer = { key, subject }, digest = 'sha256' } = options;
  const kind = issuer.key.asymmetricKeyType === 'rsa' ? 'rsa' : 'ec';
  const algorithm = sequence(
    objectIdentifier(ALGORITHMS[kind][digest]),
    ...(kind === 'rsa' ? [element(0x05)] : []),
  );
  serial += 1;
  const { extensions = [] } = options;
  const body = sequence(
    element(0xa0, integer(Buffer.of(2))),
    integer(Buffer.from([serial >> 8 || 1, serial & 0xff])),
    algorithm,
    issuer.subject,
    sequence(
      time(options.notBefore ?? Date.now() - HOUR_MS),
      time(options.notAfter ?? Date.now() + 24 * HOUR_MS),
    ),
    subject,
    createPublicKey(key).export({ format: 'der', type: 'spki' }),
    ...(extensions.length === 0 ? [] : [element(0xa3, sequence(...extensions))]),
  );
  const der = sequence(body, algorithm, bitString(sign(digest, body, issuer.key)));
  return {
    der,
    pem: writePem('CERTIFICATE', der),
    key,
    keyPem: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
    subject,
  };
}

const NAME_TYPES = {
  CN: '2.5.4.3',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  C: '2.5.4.6',
  emailAddress: '1.2.840.113549.1.9.1',
  oid: '1.2.3.4.5',
} as const;

/** A Name of UTF8String values, each in a set of its own. */
export function nameOf(
  ...parts: readonly (readonly [keyof typeof NAME_TYPES, string | Buffer])[]
): Buffer {
  return sequence(
    ...parts.map(([type, value]) =>
      set(
        sequence(
          objectIdentifier(NAME_TYPES[type]),
          typeof value === 'string' ? element(0x0c, Buffer.from(value)) : value,
        ),
      ),
    ),
  );
}

/** An extension whose value is this DER. */
export function extension(oid: string, value: Buffer, critical = false): Buffer {
  return sequence(
    objectIdentifier(oid),
    ...(critical ? [element(0x01, Buffer.of(0xff))] : []),
    octetString(value),
  );
}

export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

export function purposes(...oids: readonly string[]): Buffer {
  return extension('2.5.29.37', sequence(...oids.map(objectIdentifier)));
}

/** Basic Constraints. */
function caConstraints(pathLength?: number): Buffer {
  const length = pathLength === undefined ? [] : [integer(Buffer.of(pathLength))];
  return extension('2.5.29.19', sequence(element(0x01, Buffer.of(0xff)), ...length), true);
}

/** Key Usage with the bits of the first octet. */
export function keyUsage(bits: number): Buffer {
  return extension('2.5.29.15', element(0x03, Buffer.of(0, bits)), true);
}

const NAME_KINDS = { email: 0x81, dns: 0x82, uri: 0x86 } as const;

export type AlternativeName = readonly [keyof typeof NAME_KINDS, string | Buffer];

/** Subject Alternative Name; the values are bytes as they are. */
export function alternativeNames(...names: readonly AlternativeName[]): Buffer {
  return extension(
    '2.5.29.17',
    sequence(...names.map(([kind, value]) => element(NAME_KINDS[kind], Buffer.from(value)))),
  );
}

/** A CA: self-signed, or under another. */
export function makeCa(
  commonName: string,
  options: Omit<CertificateOptions, 'subject'> & { readonly pathLength?: number } = {},
): HandmadeCertificate {
  const extensions = [
    caConstraints(options.pathLength),
    keyUsage(0x06),
    ...(options.extensions ?? []),
  ];
  return makeCertificate({ ...options, subject: nameOf(['CN', commonName]), extensions });
}

/** GeneralizedTime. */
function time(milliseconds: number): Buffer {
  const text = new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, '');
  return element(0x18, Buffer.from(text));
}
