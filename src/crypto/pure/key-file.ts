import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

import { BrokerError } from '../../errors/index.ts';
import { invalid } from './invalid.ts';

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;
const MAX_FILE = 4096;

/**
 * Creates a file of mode 0600. It is durable on return, and never seen half written: it is written beside its place and
 * then linked. KEY_FILE_EXISTS when anything has that name, KEY_FILE_UNUSABLE when it cannot be written.
 */
export function createKeyFile(path: string, content: Uint8Array): void {
  requirePath(path);
  const temporary = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    writeDurably(temporary, content);
    try {
      linkSync(temporary, path);
    } finally {
      unlinkSync(temporary);
    }
    syncDirectory(dirname(path));
  } catch (cause) {
    if (errnoOf(cause) === 'EEXIST') {
      throw new BrokerError('KEY_FILE_EXISTS', 'a file of that name exists', { cause });
    }
    throw unusable('cannot be written', cause);
  }
}

/**
 * Reads it back; the caller wipes the content. KEY_FILE_UNUSABLE when it is absent, a symbolic link or no regular file, of
 * another owner than this process, accessible to others, empty, or too long for a key.
 */
export function readKeyFile(path: string): Buffer {
  requirePath(path);
  const file = open(path);
  try {
    const { mode, uid, size } = fstatSync(file);
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw unusable('is not a regular file');
    if (uid !== process.geteuid?.()) throw unusable('belongs to another user');
    if ((mode & OTHERS) !== 0) throw unusable('is accessible to others: its mode must be 0600');
    if (size <= 0 || size > MAX_FILE) throw unusable('is empty or too long for a key');
    const content = Buffer.alloc(size);
    if (readSync(file, content) !== size) throw unusable('cannot be read');
    return content;
  } finally {
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    // O_NONBLOCK: opening a FIFO that somebody put there must not hang.
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') throw unusable('is not there', cause);
    throw unusable(errno === 'ELOOP' ? 'is a symbolic link' : 'cannot be opened', cause);
  }
}

function writeDurably(path: string, content: Uint8Array): void {
  const file = openSync(path, 'wx', OWNER_ONLY);
  try {
    // The process's umask may have taken away more than it should.
    fchmodSync(file, OWNER_ONLY);
    writeFileSync(file, content);
    fsyncSync(file);
  } catch (cause) {
    unlinkSync(path);
    throw cause;
  } finally {
    closeSync(file);
  }
}

/** Makes a directory entry durable: fsync of the file alone does not. */
function syncDirectory(path: string): void {
  const directory = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function requirePath(path: string): void {
  if (path === '' || path.includes('\0')) invalid('path', 'not a path');
}

function unusable(reason: string, cause?: unknown): BrokerError {
  return new BrokerError('KEY_FILE_UNUSABLE', `the key file ${reason}`, { cause });
}

function errnoOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
