import type { ProviderReport } from '../../src/crypto/provider.ts';
import type { CertificateFixture } from '../trials/fixtures.ts';
import type { DriverName } from '../trials/trial.ts';
import type { Durations } from './measure.ts';

/** What a trial process is told: one trial, one driver, once. */
export interface Job {
  /** `group/name`. */
  readonly trial: string;
  readonly driver: DriverName;
  readonly durations: Durations;
  readonly fixture: CertificateFixture | undefined;
}

/** What it answers. */
export type Outcome =
  | { readonly ok: true; readonly nanoseconds: number; readonly report: ProviderReport }
  | { readonly ok: false; readonly message: string };
