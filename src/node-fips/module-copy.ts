import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { BrokerError } from '../errors/index.ts';
import { mountOptions } from './mount-options.ts';
import { opensslConfiguration } from './openssl-configuration.ts';

/** The module that Node's own OpenSSL is to run on: the same one that the native core runs on. */
export interface SourceModule {
  /** Directory that holds fips.so. */
  readonly directory: string;
  /** SHA-256 of fips.so in lower-case hex, when a build's manifest pins it. */
  readonly sha256: string | undefined;
  /** HMAC that OpenSSL checks the module against, in lower-case hex. */
  readonly mac: string;
}

/** A copy for Node, and the configuration that names it. */
export interface ModuleCopy {
  readonly modulePath: string;
  readonly configurationPath: string;
  readonly sha256: string;
}

/** Longest fips.so that is read, in bytes; real ones have one to three million. */
const MODULE_LIMIT = 64 * 1024 * 1024;

/**
 * Puts a copy of fips.so and an OpenSSL configuration for it into a directory of their own below one of `places`, the first
 * that can be written and run from. OpenSSL refuses to let two libcryptos share one module file, and Node brings a libcrypto of its
 * own beside that of our core. A copy that is there already is used when it is the same byte for byte.
 * FIPS_MODULE_MISSING, FIPS_MODULE_REFUSED, or FIPS_COPY_FAILED when no place will do.
 */
export function copyModule(
  source: SourceModule,
  places: readonly string[],
  mountTable: () => string = readMountTable,
): ModuleCopy {
  const module = readModule(join(source.directory, 'fips.so'));
  const sha256 = hexDigest(module);
  if (source.sha256 !== undefined && sha256 !== source.sha256) {
    throw new BrokerError(
      'FIPS_MODULE_REFUSED',
      'fips.so is not the file that was built: its SHA-256 differs',
    );
  }
  // Node would only say that it cannot start.
  if (integrityMac(module) !== source.mac) {
    throw new BrokerError(
      'FIPS_MODULE_REFUSED',
      'fips.so is not the file that its module-mac was made of',
    );
  }
  let lastProblem: unknown;
  for (const place of places) {
    const directory = join(place, `node-fips-${sha256.slice(0, 16)}`);
    try {
      // Whoever could rename the directory could have Node load another module before anybody looks.
      ownDirectory(place);
      ownDirectory(directory);
      runnableDirectory(directory, mountTable());
      const modulePath = join(directory, 'fips.so');
      const configurationPath = join(directory, 'openssl.cnf');
      keepFile(modulePath, module);
      keepFile(configurationPath, Buffer.from(opensslConfiguration(modulePath, source.mac)));
      return { modulePath, configurationPath, sha256 };
    } catch (problem) {
      lastProblem = problem;
    }
  }
  throw new BrokerError('FIPS_COPY_FAILED', 'no directory can hold a second copy of fips.so', {
    cause: lastProblem,
  });
}

function readModule(path: string): Buffer {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) {
    throw new BrokerError('FIPS_MODULE_MISSING', 'fips.so is not in the module directory');
  }
  if (!facts.isFile() || facts.size === 0 || facts.size > MODULE_LIMIT) {
    throw new BrokerError(
      'FIPS_MODULE_REFUSED',
      'fips.so is not a readable file of 1 byte to 64 MiB',
    );
  }
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new BrokerError('FIPS_MODULE_REFUSED', 'fips.so cannot be read', { cause });
  }
}

/** Makes the directory, or takes one that is ours and that nobody else can write. */
function ownDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const facts = lstatSync(directory);
  if (!facts.isDirectory() || facts.uid !== process.geteuid?.() || (facts.mode & 0o022) !== 0) {
    throw new Error('the directory belongs to somebody else or others may write it');
  }
}

/** A module that may not be mapped for execution would end Node with words of its own, and with an exit code of its own. */
function runnableDirectory(directory: string, mountinfo: string): void {
  if (mountOptions(mountinfo, realpathSync(directory)).includes('noexec')) {
    throw new Error('the directory is on a file system that nothing may be run from');
  }
}

function readMountTable(): string {
  return readFileSync('/proc/self/mountinfo', 'utf8');
}

/** Leaves a file that is right alone: another process of ours may be starting from it at this moment. */
function keepFile(path: string, content: Buffer): void {
  if (isSame(path, content)) return;
  const fresh = `${path}.${randomUUID()}`;
  try {
    writeFileSync(fresh, content, { flag: 'wx', mode: 0o600 });
    chmodSync(fresh, 0o400);
    renameSync(fresh, path);
  } finally {
    rmSync(fresh, { force: true });
  }
}

function isSame(path: string, content: Buffer): boolean {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  // A link would lead to the file that we make a copy of.
  if (facts?.isFile() !== true || facts.nlink !== 1 || facts.size !== content.length) return false;
  return timingSafeEqual(readFileSync(path), content);
}

/** The key that OpenSSL publishes for the integrity test of its module (FIPS_KEY_STRING in openssl/fipskey.h). */
const INTEGRITY_KEY = Buffer.from(
  'f4556650ac31d35461610bac4ed81b1a181b2d8a43ea2854cbae22ca74560813',
  'hex',
);

function integrityMac(module: Uint8Array): string {
  return createHmac('sha256', INTEGRITY_KEY).update(module).digest('hex');
}

export function hexDigest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
