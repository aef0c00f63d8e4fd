import type { SubjectName } from '../cases.ts';
import type { Endpoint } from '../client/protocol.ts';

/** A server that is measured. */
export interface Subject {
  readonly name: SubjectName;
  readonly endpoint: Endpoint;
  /** Its processes by what they are, whose processor time is told. */
  readonly processes: Readonly<Record<string, number>>;
  /** Resolves when nothing is left to do of what the last measurement has asked. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}
