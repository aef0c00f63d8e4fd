import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { readBounded } from '../config/read-bounded.ts';
import type { RefuseTlsFile, TlsFileKind } from './refuse-tls-file.ts';

/** Room for a chain, or for a list of CAs. */
const LARGEST_FILE = 256 * 1024;

/**
 * Bits a key file may not have. Its group may read it: that is how an orchestrator hands a mounted secret to a program that
 * does not run as root.
 */
const OTHERS = 0o007;

/** The whole file, as it is now. Throws what `refuse` makes of the problem. A key is the caller's to wipe. */
export function readTlsFile(kind: TlsFileKind, path: string, refuse: RefuseTlsFile): Buffer {
  const descriptor = open(kind, path, refuse);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw refuse(kind, 'is not a regular file');
    if (kind === 'key' && (stat.mode & OTHERS) !== 0) throw refuse(kind, 'is open to others');
    const content = readBounded(descriptor, LARGEST_FILE);
    if (content.byteLength > LARGEST_FILE) {
      content.fill(0);
      throw refuse(kind, `is larger than ${LARGEST_FILE} bytes`);
    }
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  } finally {
    closeSync(descriptor);
  }
}

/** Not blocking: a named pipe in the file's place would hold up the whole process. */
function open(kind: TlsFileKind, path: string, refuse: RefuseTlsFile): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const { code = 'unknown reason' } = cause as NodeJS.ErrnoException;
    throw refuse(kind, `cannot be read: ${code}`, cause);
  }
}
