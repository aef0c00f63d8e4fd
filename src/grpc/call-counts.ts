import { REQUEST_BOUNDS } from '../telemetry/metrics/catalogue.ts';
import type { CallRecord } from './run-call.ts';
import type { AnyStatusName } from './status.ts';

/** Calls of one path and status since the start. */
export interface CallCounter {
  /** '' for methods that are not served, or what was called in place of one. */
  readonly path: string;
  readonly status: AnyStatusName;
  readonly calls: number;
  readonly requestBytes: number;
  /** All of them together. */
  readonly seconds: number;
  /** Calls by their duration: one class up to each of REQUEST_BOUNDS, and one for what took longer. */
  readonly durations: readonly number[];
  /** Of the calls, those that named a profile that there is. */
  readonly profiles: ReadonlyMap<string, number>;
}

interface Row {
  readonly path: string;
  readonly status: AnyStatusName;
  calls: number;
  requestBytes: number;
  seconds: number;
  readonly durations: number[];
  readonly profiles: Map<string, number>;
}

/** Counts calls as the native data plane does (native/dataplane/call_counters.h). */
export class CallCounts {
  readonly #rows = new Map<string, Row>();

  /** `path` is one that is served, or ''; `profile` one that there is. */
  count(path: string, record: CallRecord, profile: string | undefined): void {
    const row = this.#row(path, record.status);
    const seconds = Math.max(record.durationMs, 0) / 1000;
    row.calls += 1;
    row.requestBytes += record.requestBytes;
    row.seconds += seconds;
    const found = REQUEST_BOUNDS.findIndex((bound) => seconds <= bound);
    const durationClass = found < 0 ? REQUEST_BOUNDS.length : found;
    row.durations[durationClass] = (row.durations[durationClass] ?? 0) + 1;
    if (profile !== undefined) {
      row.profiles.set(profile, (row.profiles.get(profile) ?? 0) + 1);
    }
  }

  /** What has occurred; the same objects count on. */
  read(): readonly CallCounter[] {
    return [...this.#rows.values()];
  }

  #row(path: string, status: AnyStatusName): Row {
    const key = `${status} ${path}`;
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const row: Row = {
      ...{ path, status, calls: 0, requestBytes: 0, seconds: 0 },
      durations: new Array<number>(REQUEST_BOUNDS.length + 1).fill(0),
      profiles: new Map(),
    };
    this.#rows.set(key, row);
    return row;
  }
}
