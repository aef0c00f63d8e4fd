/** Programs a setting belongs to: `server`, the commands that call a server (`client`). */
export type SettingScope = 'server' | 'client';

/** How one setting is spelt outside the configuration file, and how its text forms are read. */
export interface SettingSpelling {
  readonly scope: SettingScope;
  /** Environment variable. */
  readonly env: string;
  /** Further environment variables, read when `env` is not set, each with the values it knows. */
  readonly envAliases?: readonly EnvironmentAlias[];
  /** Command line flag, `--pool-threads`. */
  readonly flag: `--${string}`;
  /** What the flag's value is called in help texts; absent for a flag without a value. */
  readonly placeholder?: string;
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
