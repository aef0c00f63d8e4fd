/**
 * What a setting belongs to: programs that run (`server`, `gateway`, `core`), and commands that call one (`client` the
 * Broker, `kmip` a KMIP server, `gateway-client` and `core-client` the local sockets of Gateway and Core).
 */
export type SettingScope = ProgramScope | CommandScope;
export type ProgramScope = 'server' | 'gateway' | 'core';
export type CommandScope = 'client' | 'kmip' | 'gateway-client' | 'core-client';

/** True for programs that run until they are stopped: they check every setting there is. */
export function isProgram(scope: SettingScope): scope is ProgramScope {
  return scope === 'server' || scope === 'gateway' || scope === 'core';
}

/** How one setting is spelt outside the configuration file, and how its text forms are read. */
export interface SettingSpelling {
  readonly scopes: readonly SettingScope[];
  /** Environment variable. */
  readonly env: string;
  /** Further environment variables, read when `env` is not set, each with the values it knows. */
  readonly envAliases?: readonly EnvironmentAlias[];
  /**
   * Command line flag, `--pool-threads`; absent for a secret, which a list of processes would show, and for what OpenTelemetry
   * names by a variable.
   */
  readonly flag?: `--${string}`;
  /** What parts the entries of a list in the environment; default a colon. */
  readonly separator?: ',';
  /** What the value is called in help texts; absent for a flag without a value. */
  readonly placeholder?: string;
  /** The value is a secret: it is never shown, only that there is one. */
  readonly secret?: true;
  /** What `default` shows when the value is a fact of the host rather than a constant. */
  readonly defaultText?: string;
}

/** An older or foreign variable that decides a setting: `APP_ENV=dev` means `dev: true`. */
export interface EnvironmentAlias {
  readonly env: string;
  readonly values: Readonly<Record<string, boolean>>;
  /** The name is shared with other software: a value we do not know is ignored with a warning. */
  readonly shared?: boolean;
}
