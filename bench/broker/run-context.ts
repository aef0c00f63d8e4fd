import type { Cores } from './placement.ts';
import type { Programs } from './programs/programs.ts';
import type { PreparedRequest } from './requests.ts';

/** What every measurement of a run needs. */
export interface RunContext {
  readonly rounds: number;
  readonly quick: boolean;
  /** Sockets, logs and requests are put here. */
  readonly directory: string;
  readonly programs: Programs;
  /** Undefined: everything runs wherever the system likes. */
  readonly cores: Cores | undefined;
  /** By `requestId`. */
  readonly requests: ReadonlyMap<string, PreparedRequest>;
  readonly warmUpRequest: PreparedRequest;
  readonly progress: (text: string) => void;
}
