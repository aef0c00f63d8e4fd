/** Where the time comes from, both in milliseconds since some moment. */
export interface TimeSources {
  /** Exact, cheap, and standing still while the machine is suspended (CLOCK_MONOTONIC). */
  readonly running: () => number;
  /** Rough, and going on while the machine is suspended (CLOCK_BOOTTIME). */
  readonly sinceBoot: () => number;
}

/** How often the rough clock is looked at, and by how much it has to be ahead: it counts in hundredths of a second. */
const LOOK_EVERY_MS = 1000;
const SUSPENSION_MS = 1000;

/**
 * A clock in milliseconds that never goes back and goes on while the machine is suspended: a service key must not outlive
 * its lease in a laptop that was closed. Within a second of the resumption it knows.
 */
export function monotonicClock({ running, sinceBoot }: TimeSources): () => number {
  const startedAt = running();
  const bootedFor = sinceBoot();
  let lookedAt = startedAt;
  let suspended = 0;
  return () => {
    const now = running();
    if (now - lookedAt >= LOOK_EVERY_MS) {
      lookedAt = now;
      const ahead = sinceBoot() - bootedFor - (now - startedAt);
      if (ahead - suspended >= SUSPENSION_MS) suspended = ahead;
    }
    return now + suspended;
  };
}
