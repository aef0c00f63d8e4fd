import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { BrokerError } from '../../errors/index.ts';

/** Where the uplink's TLS material rests: PEM files. */
export interface UplinkTlsFiles {
  /** The Core's certificate, with the intermediate ones that lead to its CA. */
  readonly certificate: string;
  /** Its private key; closed to everybody but the user of the program. */
  readonly key: string;
  /** CAs whose certificates Gateways come with. */
  readonly ca: string;
}

export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
  /** SHA-256 over all three, to see a change by. */
  readonly digest: string;
}

const LONGEST_FILE = 256 * 1024;
const OTHERS = 0o077;

/**
 * Reads the three files and sees that they can work together: whatever is wrong is found here and not by the first Gateway.
 * Throws UPLINK_TLS_UNUSABLE, naming the file's part and no path.
 */
export function readTlsMaterial(files: UplinkTlsFiles): TlsMaterial {
  const cert = readFile('certificate', files.certificate);
  const key = readFile('key', files.key, OTHERS);
  const ca = readFile('ca', files.ca);
  const certificate = parsed('certificate', () => new X509Certificate(cert));
  const privateKey = parsed('key', () => createPrivateKey(key));
  parsed('ca', () => new X509Certificate(ca));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw invalid('key', 'is not the key of the certificate');
  }
  const digest = createHash('sha256').update(cert).update(key).update(ca).digest('hex');
  return { cert, key, ca, digest };
}

/** `forbidden`: mode bits that must not be set. */
function readFile(name: keyof UplinkTlsFiles, path: string, forbidden = 0): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const { code = 'unknown reason' } = cause as NodeJS.ErrnoException;
    throw invalid(name, `cannot be opened: ${code}`, cause);
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw invalid(name, 'is not a regular file');
    if ((stats.mode & forbidden) !== 0) throw invalid(name, 'is open to others');
    if (stats.size > LONGEST_FILE) throw invalid(name, 'is too large');
    const content = Buffer.alloc(LONGEST_FILE);
    return content.subarray(0, readSync(descriptor, content));
  } finally {
    closeSync(descriptor);
  }
}

function parsed<T>(name: keyof UplinkTlsFiles, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw invalid(name, 'cannot be read as PEM', cause);
  }
}

function invalid(name: keyof UplinkTlsFiles, problem: string, cause?: unknown): BrokerError {
  return new BrokerError('UPLINK_TLS_UNUSABLE', problem, { field: `uplink ${name}`, cause });
}
