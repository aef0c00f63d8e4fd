import { createHash, type Hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { readBounded } from '../../config/read-bounded.ts';
import { BrokerError } from '../../errors/index.ts';

/** Files of the KMIP port, PEM; read again whenever their contents change. */
export interface ListenerFiles {
  /** A certificate with its chain, and its private key, for each kind of key (RSA, EC). */
  readonly identities: readonly { readonly certFile: string; readonly keyFile: string }[];
  /**
   * Further CA certificates to verify clients with, such as intermediates that they do not send. Whose client it is, the
   * tenants' own bundles decide.
   */
  readonly caFiles: readonly string[];
}

/** What the files held at one time. */
export interface TlsMaterial {
  readonly identities: readonly { readonly cert: Buffer; readonly key: Buffer }[];
  readonly ca: readonly Buffer[];
  /** SHA-256 over all of it. */
  readonly digest: string;
  /** Overwrites the keys. */
  wipe(): void;
}

/** Room for a chain, or for a list of CAs. */
const LARGEST_FILE = 256 * 1024;
/** Nobody but the owner and the group may do anything with a key. */
const OTHERS = 0o007;

/** Reads all of them. Throws KMIP_TLS_UNUSABLE; then no key is left in memory. */
export function readTlsFiles({ identities, caFiles }: ListenerFiles): TlsMaterial {
  const hash = createHash('sha256');
  const keys: Buffer[] = [];
  const wipe = (): void => {
    for (const key of keys) key.fill(0);
  };
  try {
    const pairs = identities.map(({ certFile, keyFile }) => {
      const cert = readInto(hash, certFile, 'certificate');
      const key = readInto(hash, keyFile, 'key', OTHERS);
      keys.push(key);
      return { cert, key };
    });
    const ca = caFiles.map((file) => readInto(hash, file, 'CA'));
    return { identities: pairs, ca, digest: hash.digest('hex'), wipe };
  } catch (error) {
    wipe();
    throw error;
  }
}

function readInto(hash: Hash, path: string, what: string, forbidden = 0): Buffer {
  const content = readFile(path, what, forbidden);
  hash.update(`${content.byteLength}:`).update(content);
  return content;
}

/** The whole file. `forbidden` are permission bits it may not have. */
function readFile(path: string, what: string, forbidden: number): Buffer {
  const descriptor = open(path, what);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw unusable(`a ${what} file of the KMIP port is not a regular file`);
    if ((stat.mode & forbidden) !== 0) {
      throw unusable(`a ${what} file of the KMIP port is open to others`);
    }
    const content = readBounded(descriptor, LARGEST_FILE);
    if (content.byteLength > LARGEST_FILE) {
      content.fill(0);
      throw unusable(`a ${what} file of the KMIP port is larger than ${LARGEST_FILE} bytes`);
    }
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  } finally {
    closeSync(descriptor);
  }
}

/** Not blocking: a named pipe in the file's place would hold up the whole process. */
function open(path: string, what: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unusable(`a ${what} file of the KMIP port cannot be read`, error);
  }
}

/** The files of the port cannot be used. */
export function unusable(message: string, cause?: unknown): BrokerError {
  return new BrokerError('KMIP_TLS_UNUSABLE', message, { cause });
}
