import type { ErrorCode } from '../../../errors/index.ts';
import type { Fields } from './fields.ts';

/** What the writer's thread is started with. */
export interface WriterStart {
  readonly path: string;
  readonly uid: number;
  /** Identity of a vault that is made. */
  readonly newVaultId: string;
  readonly outboxLimit: number;
  readonly minimumFreeBytes: number;
  /** Look at every page first. */
  readonly check: boolean;
  /** An opening by its owner, which counts; a thread that takes over from one that died is none. */
  readonly counts: boolean;
}

/** To the writer's thread: requests one after the other, or the wish to end after everything before. */
export type ToWriter =
  { readonly kind: 'requests'; readonly requests: Fields } | { readonly kind: 'close' };

/** A failure on its way between threads. `detail` is for the log alone. */
export interface SentFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly detail?: string;
}

/** How requests ended: those of the group in the order they came, and those that waited for a shredding. */
export interface Finished {
  readonly kind: 'finished';
  /** How many requests, the oldest that were not answered, are answered by this. */
  readonly count: number;
  /** Those among them that failed, counted from 0. */
  readonly failures: readonly (readonly [index: number, failure: SentFailure])[];
  /** Those among them that are on the disk but wait for their shredding, counted from 0. */
  readonly shredding: readonly number[];
  /** Milliseconds that the commit of the group took, with its flush to the disk. */
  readonly commitMs: number;
  readonly state: WriterState;
}

/** How the writer is. */
export interface WriterState {
  readonly keys: number;
  readonly shredPending: boolean;
  readonly trouble?: SentFailure;
}

/** From the writer's thread. */
export type FromWriter =
  | { readonly kind: 'opened'; readonly state: WriterState }
  | { readonly kind: 'refused'; readonly failure: SentFailure }
  | Finished
  | { readonly kind: 'state'; readonly state: WriterState }
  | { readonly kind: 'closed' };
