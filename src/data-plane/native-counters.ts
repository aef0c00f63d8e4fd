import type { NativeCallCounter } from '../addon/data-plane.ts';
import type { CallCounter } from '../grpc/call-counts.ts';
import { statusName } from '../grpc/status.ts';

/** A row of the addon's counters in the words of all transports. */
export function callCounter(row: NativeCallCounter): CallCounter {
  const { path, status, calls, requestBytes, durationNs, durations, profiles } = row;
  return {
    ...{ path, calls, requestBytes, durations },
    status: statusName(status),
    seconds: durationNs / 1e9,
    profiles: new Map(pairs(profiles)),
  };
}

function* pairs(list: readonly (string | number)[]): Generator<[string, number]> {
  for (let at = 0; at < list.length; at += 2) yield [String(list[at]), Number(list[at + 1])];
}
