import type { Settings } from './settings.ts';

/** Where the value of a setting came from. */
export type SettingSource =
  | { readonly kind: 'flag'; readonly name: string }
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'file'; readonly line: number; readonly column: number }
  | { readonly kind: 'default' };

/** One row of `cryptobroker config`. */
export interface SettingRow {
  /** Dotted key, as the configuration file spells it: `log.level`. */
  readonly key: string;
  /** The value as text; a list is joined with `, `. Empty: not set. */
  readonly value: string;
  /** `--flag`, the environment variable, `FILE:LINE`, or `default`. */
  readonly source: string;
  readonly description: string;
}

/** A variable of the original that is accepted and has no effect here. Its value is never kept. */
export interface UnusedVariable {
  readonly name: string;
  /** What the variable decides in the original. */
  readonly purpose: string;
}

/** Checked settings and the story of how they came about. Frozen. */
export interface LoadedSettings {
  readonly settings: Settings;
  /** Source by dotted key, for every setting. */
  readonly sources: ReadonlyMap<string, SettingSource>;
  /** Every setting in schema order, ready to print. */
  readonly rows: readonly SettingRow[];
  /** Variables that are set and not used by this version. */
  readonly unused: readonly UnusedVariable[];
  /** Listening sockets that the service manager handed over (sd_listen_fds(3)): their descriptors. For a server alone. */
  readonly inheritedSockets: readonly number[];
  /** Things to log at start: unknown CRYPTO_BROKER_* names, ignored values. */
  readonly warnings: readonly string[];
}
