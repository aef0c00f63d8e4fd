/** What the process is told. */
export interface LookupJob {
  /** Where the vaults are made. */
  readonly directory: string;
  /** Keys in each vault. */
  readonly sizes: readonly number[];
  readonly rounds: number;
  readonly measureMs: number;
}

/** One round at one size. Microseconds. */
export interface LookupResult {
  readonly keys: number;
  readonly p50: number;
  readonly p99: number;
}
