import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CallCounts } from '../../../src/grpc/call-counts.ts';
import type { CallRecord } from '../../../src/grpc/run-call.ts';
import { REQUEST_BOUNDS } from '../../../src/telemetry/metrics/catalogue.ts';

function record(changes: Partial<CallRecord> = {}): CallRecord {
  return {
    ...{ path: '/a.B/C', status: 'OK', code: undefined, incident: undefined, cause: undefined },
    ...{ durationMs: 0, requestBytes: 100, responseBytes: 1 },
    ...changes,
  };
}

it('calls are counted by path, status, profile and duration', () => {
  const counts = new CallCounts();
  for (const durationMs of [-1, 0, 0.01, 0.0101, 10, 10.01]) {
    counts.count('/a.B/C', record({ durationMs }), durationMs === 0 ? undefined : 'Default');
  }
  counts.count('/a.B/C', record({ status: 'INTERNAL' }), 'Other');
  counts.count('', record(), undefined);
  const [ok, failed, unknown, ...rest] = counts.read();
  expect(rest).toEqual([]);
  expect(ok).toMatchObject({ path: '/a.B/C', status: 'OK', calls: 6, requestBytes: 600 });
  expect(ok?.durations).toEqual([3, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  expect(ok?.seconds).toBeCloseTo(0.0200301, 9);
  expect(ok?.profiles).toEqual(new Map([['Default', 5]]));
  expect(failed).toMatchObject({ status: 'INTERNAL', calls: 1 });
  expect(unknown).toMatchObject({ path: '', calls: 1, profiles: new Map() });
});

it('the addon counts durations in the classes of the catalogue', () => {
  const header = new URL('../../../native/dataplane/data_plane.h', import.meta.url);
  const [, list = ''] = /kDurationBoundsNs\{([^}]*)\}/.exec(readFileSync(header, 'utf8')) ?? [];
  const nanoseconds = list.split(',').map((bound) => Number(bound.replaceAll("'", '')));
  expect(nanoseconds.map((bound) => bound / 1e9)).toEqual([...REQUEST_BOUNDS]);
});
