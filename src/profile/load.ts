import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  realpathSync,
  statSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { readBounded } from '../config/read-bounded.ts';
import { YAML_LIMITS } from '../config/yaml/read-yaml.ts';
import { BrokerError } from '../errors/index.ts';
import { parseProfiles } from './parse.ts';
import type { ProfileWarning } from './problem.ts';
import { PolicySnapshot } from './snapshot.ts';

/** Name of the profile file, as in the original. */
export const PROFILE_FILE = 'Profiles.yaml';

export interface LoadProfilesOptions {
  /** Absolute path of the directory that holds Profiles.yaml. */
  readonly directory: string;
  /** The directory is the one that came with this version, because none was named. */
  readonly shipped?: boolean;
}

/**
 * Reads, checks and compiles the profiles of a directory. PROFILES_UNREADABLE: no such file, or not a regular file of
 * at most 1 MiB inside the directory. PROFILES_INSECURE: others may write the file or its directory. PROFILES_INVALID:
 * a rule is broken (`ProfilesError` lists all of them).
 */
export function loadProfiles(options: LoadProfilesOptions): PolicySnapshot {
  const { bytes, warnings } = readProfileFile(options.directory);
  const parsed = parseProfiles(bytes, PROFILE_FILE);
  return new PolicySnapshot({
    profiles: parsed.profiles,
    warnings: [...warnings, ...parsed.warnings],
    sha256: parsed.sha256,
    source: {
      directory: options.directory,
      fileName: PROFILE_FILE,
      shipped: options.shipped ?? false,
    },
  });
}

/** Bytes of a file whose permissions have been looked at. */
interface TrustedFile {
  readonly bytes: Uint8Array;
  readonly warnings: readonly ProfileWarning[];
}

/**
 * Symbolic links are followed, because Kubernetes mounts a ConfigMap as `Profiles.yaml -> ..data/Profiles.yaml` and
 * `..data -> ..2026_10_01…`, but not out of the directory. The file is checked by its descriptor, after it was opened:
 * it cannot be exchanged between the check and the reading.
 */
function readProfileFile(directory: string): TrustedFile {
  if (!isAbsolute(directory)) {
    throw unreadable('the profiles directory must be given as an absolute path');
  }
  const { root, path } = resolve(directory);
  // Both ends of the links: whoever may write either directory may exchange the file.
  const warnings = [...new Set([root, dirname(path)])].flatMap(checkDirectory);
  const descriptor = openFile(path);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw unreadable(`${PROFILE_FILE} is not a regular file`);
    warnings.push(...checkWriters(stats, PROFILE_FILE));
    if (stats.size > YAML_LIMITS.bytes) {
      throw unreadable(`${PROFILE_FILE} is larger than ${YAML_LIMITS.bytes} bytes`);
    }
    return { bytes: readBounded(descriptor, YAML_LIMITS.bytes), warnings };
  } finally {
    closeSync(descriptor);
  }
}

function resolve(directory: string): { root: string; path: string } {
  let root: string;
  let path: string;
  try {
    root = realpathSync(directory);
    path = realpathSync(join(directory, PROFILE_FILE));
  } catch (cause) {
    throw unreadable(`${PROFILE_FILE} cannot be found${reason(cause)}`, cause);
  }
  if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) {
    throw unreadable(`${PROFILE_FILE} is a link that leads out of the profiles directory`);
  }
  return { root, path };
}

/** Opens the file that `resolve` has found: no further link is followed, and a pipe without a writer does not block. */
function openFile(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    throw unreadable(`${PROFILE_FILE} cannot be opened${reason(cause)}`, cause);
  }
}

/**
 * Kubernetes gives every ConfigMap a directory of mode 0777 and mounts it read-only: what cannot be written by anybody
 * here needs no look at its mode. access(2) says EROFS then, even to root.
 */
function checkDirectory(path: string): readonly ProfileWarning[] {
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EROFS') return [];
  }
  return checkWriters(statSync(path), 'the profiles directory');
}

const OTHERS_WRITE = 0o002;
const GROUP_WRITE = 0o020;

/**
 * Refuses what everybody may write. A group that may write is the operator's own decision, and the rule in images made
 * for any user id (`chmod g=u`): that is a warning.
 */
function checkWriters(stats: Stats, what: string): readonly ProfileWarning[] {
  if ((stats.mode & OTHERS_WRITE) !== 0) {
    throw new BrokerError('PROFILES_INSECURE', `others may write ${what} (mode ${octal(stats)})`);
  }
  if ((stats.mode & GROUP_WRITE) === 0) return [];
  const message = `its group may write ${what} (mode ${octal(stats)})`;
  return [{ line: 1, column: 1, path: '', message }];
}

function octal(stats: Stats): string {
  return (stats.mode & 0o7777).toString(8).padStart(4, '0');
}

function unreadable(message: string, cause?: unknown): BrokerError {
  return new BrokerError('PROFILES_UNREADABLE', message, { cause });
}

/** The system's name of what went wrong; its text would show the path. */
function reason(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  return code === undefined ? '' : ` (${code})`;
}
