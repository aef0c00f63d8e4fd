import { setTimeout as sleep } from 'node:timers/promises';

/** How often a call that may safely run twice is sent again after the connection broke under it. */
export interface RetryOptions {
  /** Times a request is sent at the most, the first time included. Default 3. */
  readonly attempts?: number | undefined;
  /** Wait before the second attempt in milliseconds; doubles with each further one. Default 100. */
  readonly initialDelayMs?: number | undefined;
  /** Longest wait in milliseconds. Default 1000. */
  readonly maxDelayMs?: number | undefined;
}

/** Retry settings with nothing left open. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
}

export interface RetryLimits {
  readonly policy: RetryPolicy;
  /** End of the call, in milliseconds since 1970. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  readonly now: () => number;
  /** A number in [0, 1), so that clients of a restarted server do not come back all at once. */
  readonly random: () => number;
}

/**
 * Runs `attempt` until it succeeds, fails for a reason that `mayRetry` refuses, or the attempts or the time are used
 * up; then the last failure is thrown. Waits between half and the whole of the doubled delay.
 */
export async function withRetry<T>(
  attempt: () => Promise<T>,
  mayRetry: (failure: unknown) => boolean,
  { policy, deadline, signal, now, random }: RetryLimits,
): Promise<T> {
  for (let sent = 1; ; sent += 1) {
    try {
      return await attempt();
    } catch (failure) {
      const longest = Math.min(policy.maxDelayMs, policy.initialDelayMs * 2 ** (sent - 1));
      const delay = longest * (0.5 + 0.5 * random());
      if (sent >= policy.attempts || !mayRetry(failure) || now() + delay >= deadline) throw failure;
      await pause(delay, signal);
    }
  }
}

/** Waits; ends early when the signal aborts, and leaves it to the next attempt to say so. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (failure) {
    if (signal?.aborted !== true) throw failure;
  }
}
