import { X509Certificate } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { readBounded } from '../config/read-bounded.ts';
import { BrokerError } from '../errors/index.ts';
import type { UplinkTls } from './options.ts';

/** Room for a chain, or for a list of CAs. */
const LARGEST_FILE = 256 * 1024;
const OTHERS = 0o007;

/**
 * Reads the files as they are now and makes of them what a connection needs: TLS 1.3 only, our certificate, the CAs of the
 * Core and no others. Throws UPLINK_TLS_UNUSABLE.
 */
export function loadSecureContext(tls: UplinkTls): SecureContext {
  const ca = readFile(tls.caFile, 'CA');
  const cert = readFile(tls.certificateFile, 'certificate');
  const key = readFile(tls.keyFile, 'key', OTHERS);
  try {
    // TLS takes a file without a certificate for a list of no CAs, and then trusts nobody without saying why.
    new X509Certificate(ca);
    return createSecureContext({
      ca,
      cert,
      key,
      minVersion: 'TLSv1.3',
    });
  } catch (error) {
    throw unusable('the uplink certificate, key and CA do not fit together', error);
  } finally {
    key.fill(0);
  }
}

/** The whole file. `forbidden` are permission bits it may not have. */
function readFile(path: string, what: string, forbidden = 0): Buffer {
  const descriptor = open(path, what);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw unusable(`the uplink ${what} file is not a regular file`);
    if ((stat.mode & forbidden) !== 0) {
      throw unusable(`the uplink ${what} file is open to others`);
    }
    const content = readBounded(descriptor, LARGEST_FILE);
    if (content.byteLength > LARGEST_FILE) {
      content.fill(0);
      throw unusable(`the uplink ${what} file is larger than ${LARGEST_FILE} bytes`);
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
    throw unusable(`the uplink ${what} file cannot be read`, error);
  }
}

function unusable(message: string, cause?: unknown): BrokerError {
  return new BrokerError('UPLINK_TLS_UNUSABLE', message, { cause });
}
