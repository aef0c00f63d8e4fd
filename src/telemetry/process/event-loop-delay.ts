import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Sample } from '../metrics/metrics.ts';

/** How often the lateness of the event loop is looked at, in milliseconds. */
const LOOK_EVERY_MS = 20;

const NANOSECONDS_PER_MS = 1e6;

/** Begins to watch. Each reading is the 99th percentile since the one before it, in seconds; the first has nothing yet. */
export function watchEventLoop(): () => readonly Sample[] {
  const histogram = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS });
  histogram.enable();
  return () => {
    if (histogram.count === 0) return [];
    // It measures from one look to the next; a loop that is never late takes exactly the time between them.
    const lateMs = histogram.percentile(99) / NANOSECONDS_PER_MS - LOOK_EVERY_MS;
    histogram.reset();
    const value = Math.max(0, lateMs) / 1000;
    return [{ name: 'nodejs_eventloop_delay_seconds', labels: {}, value }];
  };
}
