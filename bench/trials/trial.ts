import type { CryptoProvider } from '../../src/crypto/provider.ts';
import type { CertificateFixture, FixtureName } from './fixtures.ts';

/** What a trial can be run on: a row of the drivers table (bench/drivers.ts). */
export type DriverName = 'native' | 'native+ca-cache' | 'pure' | 'createHash' | 'crypto.hash';

/** The driver every other one is compared with. */
export const REFERENCE: DriverName = 'pure';

export const GROUPS = ['digests', 'certificates', 'key-wrap', 'methods'] as const;
export type Group = (typeof GROUPS)[number];

/** One unit of work, ready to be repeated. `operations` is how many results one call of `run` gives. */
export type Operation =
  | { readonly mode: 'sync'; readonly operations: number; readonly run: () => unknown }
  | { readonly mode: 'async'; readonly inFlight: number; readonly run: () => Promise<unknown> };

/** What a figure should be. A bound that is absent is not judged. */
export interface Expectation {
  /** Highest acceptable value, in the trial's unit. */
  readonly atMost?: number;
  /** Lowest acceptable ratio, reference value over this driver's value. */
  readonly ratio?: number;
}

/** One row of the benchmark: an operation that every driver named here performs on equal input. */
export interface Trial {
  readonly group: Group;
  /** Unique within the group. */
  readonly name: string;
  /** Unit of values and expectations, per operation. */
  readonly unit: 'ns' | 'us';
  /** Always includes the reference. */
  readonly drivers: readonly DriverName[];
  readonly expected: Readonly<Partial<Record<DriverName, Expectation>>>;
  /** Also run by `--quick`. */
  readonly quick: boolean;
  /** Milliseconds to run before measuring: by then compilers, caches and lazy set-up have settled. */
  readonly warmUp: number;
  /** CA and CSR that the trial works on, made once and given to every process. */
  readonly fixture?: FixtureName;
  /**
   * Sets the operation up, performs it once and checks its result by other means, so that nothing wrong is ever
   * measured. Throws when the result is not right.
   */
  prepare(
    provider: CryptoProvider,
    fixture: CertificateFixture | undefined,
  ): Operation | Promise<Operation>;
}

/** How a trial is named in records and in `--only`. */
export function trialId(trial: Pick<Trial, 'group' | 'name'>): string {
  return `${trial.group}/${trial.name}`;
}
