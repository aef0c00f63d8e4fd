import type { SubjectName } from '../contenders.ts';

/** A server that is measured. */
export interface Subject {
  readonly name: SubjectName;
  readonly socket: string;
  readonly pid: number;
  /** Its log, which may be cut to nothing between measurements. */
  readonly log: string;
  /** Milliseconds from the start of the process to a connection that is accepted. */
  readonly startMs: number;
  stop(): Promise<void>;
}

/** A subject, or why there is none. */
export type MaybeSubject = Subject | { readonly missing: string };
