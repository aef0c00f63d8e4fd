import { setTimeout as delay } from 'node:timers/promises';
import { SendFailure } from './otlp-exporter.ts';

/** Milliseconds before the first repetition; each further one waits twice as long. */
const FIRST_PAUSE_MS = 500;

/**
 * Runs `attempt` until it succeeds, fails for good, or the time is over; rejects as the last attempt did. A collector that is
 * being restarted costs no item by that, as long as it is back in time.
 */
export async function sendAgain(
  timeoutMs: number,
  attempt: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs);
  for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
    try {
      await attempt(signal);
      return;
    } catch (error) {
      if (!(error instanceof SendFailure) || !error.again || signal.aborted) throw error;
      try {
        await delay(pause, undefined, { signal });
      } catch {
        throw error;
      }
    }
  }
}
