import { closeSync, fstatSync, openSync } from 'node:fs';
import { availableParallelism, homedir, tmpdir } from 'node:os';
import { basename, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BrokerError } from '../errors/index.ts';
import type { Environment } from './foreign-variables.ts';
import type { LoadedSettings } from './loaded.ts';
import { printable } from './printable.ts';
import { readBounded } from './read-bounded.ts';
import type { Flags, HostFacts, ResolveInput } from './given-values.ts';
import { resolveSettings } from './resolve.ts';
import type { SettingScope } from './setting.ts';
import { readYaml, YAML_LIMITS } from './yaml/read-yaml.ts';

export interface LoadOptions {
  /** Whose flags are read: `server`, or `client` for the commands that call one. */
  readonly scope: SettingScope;
  /**
   * The parsed command line: `{ socket: ['/a.sock'], profilesDir: '/etc/p', dev: true, config: 'broker.yaml' }`.
   * `settingFlags(scope)` lists the names; `config` is the configuration file; anything else is ignored.
   */
  readonly flags?: Flags;
  /** Default: the environment of the process. */
  readonly env?: Environment;
  /** Reads the configuration file; default: from disk. */
  readonly readFile?: (path: string) => Uint8Array;
  /** Default: this machine and this package. */
  readonly host?: HostFacts;
}

/** The configuration file, when no `--config` names one. */
const CONFIG_VARIABLE = 'CRYPTO_BROKER_CONFIG';

/**
 * Loads every setting from flags, environment, configuration file and defaults, in that order of strength. Throws
 * CONFIG_INVALID with all mistakes, one a line. The one place of the product that reads the process's environment.
 */
export function loadSettings(options: LoadOptions): LoadedSettings {
  const { [CONFIG_VARIABLE]: configVariable = '', ...env } = options.env ?? process.env;
  const flags = options.flags ?? {};
  const path = flags['config'] ?? configVariable;
  const file =
    typeof path === 'string' && path !== ''
      ? readConfigFile(path, options.readFile ?? readFromDisk)
      : undefined;
  return resolveSettings({
    scope: options.scope,
    flags,
    env,
    ...(file === undefined ? {} : { file }),
    host: options.host ?? thisHost(),
  });
}

/**
 * Directories where this user's processes may keep files that can be made again, the best first: the cache directory of the
 * XDG Base Directory Specification, then the one for temporary files.
 */
export function cachePlaces(env: Environment = process.env): readonly string[] {
  const cache = isAbsolute(env['XDG_CACHE_HOME'] ?? '')
    ? env['XDG_CACHE_HOME']
    : join(homedir(), '.cache');
  const temporary = join(tmpdir(), `crypto-broker-${process.geteuid?.() ?? 0}`);
  return [join(cache ?? '', 'crypto-broker'), temporary];
}

function readConfigFile(
  path: string,
  readFile: (path: string) => Uint8Array,
): NonNullable<ResolveInput['file']> {
  const name = printable(basename(path));
  let bytes: Uint8Array;
  try {
    bytes = readFile(path);
  } catch (cause) {
    if (cause instanceof BrokerError) throw cause;
    const code = (cause as NodeJS.ErrnoException | null)?.code ?? 'unknown error';
    throw new BrokerError('CONFIG_INVALID', `${name}: cannot be read (${code})`, { cause });
  }
  const result = readYaml(bytes);
  if (!result.ok) {
    const lines = result.problems.map(
      ({ line, column, message }) => `  ${name}:${line}:${column}: ${message}`,
    );
    throw new BrokerError('CONFIG_INVALID', `${name} is not usable YAML\n${lines.join('\n')}`);
  }
  return { name, content: result.file };
}

/** Reads little more than a configuration may have, so that no path can fill the memory. */
function readFromDisk(path: string): Uint8Array {
  const descriptor = openSync(path, 'r');
  try {
    const othersMayWrite = (fstatSync(descriptor).mode & 0o002) !== 0;
    if (othersMayWrite) {
      throw new BrokerError('CONFIG_INVALID', `${printable(basename(path))}: others may write it`);
    }
    return readBounded(descriptor, YAML_LIMITS.bytes);
  } finally {
    closeSync(descriptor);
  }
}

function thisHost(): HostFacts {
  return {
    availableParallelism: availableParallelism(),
    processId: process.pid,
    // Two levels up from src/config and from dist/config alike.
    shippedProfilesDir: fileURLToPath(new URL('../../profiles', import.meta.url)),
  };
}
