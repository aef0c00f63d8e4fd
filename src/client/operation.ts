import { CallError } from './call-error.ts';
import type { RequestContext } from './metadata.ts';

/**
 * One method of the server as the client sees it. `encode` checks what the caller gave and throws a CallError;
 * `decode` may throw anything, which means that the answer is not what the method answers.
 */
export interface Operation<Request, Result> {
  /** `/package.Service/Method`. */
  readonly path: string;
  /**
   * True when running the request twice does no harm, so that it may be sent again although the first may have run.
   */
  readonly idempotent: boolean;
  /** True when the encoded request holds a key, and is wiped when the call has ended. */
  readonly secret: boolean;
  /** Default time limit in milliseconds, where it is not that of `connect`. */
  readonly deadlineMs?: number;
  readonly encode: (request: Request, id: string) => Uint8Array;
  readonly decode: (answer: Uint8Array, request: Request) => Result;
}

/** A request that names a profile and may carry a context. */
export interface ProfileRequest extends RequestContext {
  /** Name of the profile that decides about algorithms, e.g. `Default`. */
  readonly profile: string;
}

/** The error for an answer that is not one of the method. */
export function malformedAnswer(path: string, cause?: unknown): CallError {
  return new CallError('RESPONSE_MALFORMED', `the answer is not one of ${path}`, { cause });
}
