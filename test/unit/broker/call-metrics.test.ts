import { expect, it } from 'vitest';
import { reportBroker } from '../../../src/broker/call-metrics.ts';
import type { CallCounter } from '../../../src/grpc/call-counts.ts';
import { MetricsRegistry } from '../../../src/telemetry/metrics/registry.ts';
import { captureLog } from '../../integration/support/captured-log.ts';
import { readMetrics } from '../../support/telemetry/read-metrics.ts';

const ROW: CallCounter = {
  ...{ path: '/a.B/HashData', status: 'OK', calls: 5, requestBytes: 50, seconds: 0.5 },
  durations: [5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  profiles: new Map([['Default', 3]]),
};

function reported(counted: readonly CallCounter[], native: readonly CallCounter[]) {
  const registry = new MetricsRegistry({ logger: captureLog().logger });
  reportBroker(registry, {
    counted: () => counted,
    transport: {
      counters: () => native,
      stats: () => ({ connections: 2, runningCalls: 1, finishedCalls: 9, lostRecords: 4 }),
    },
    nameOf: (path) => path.split('/').at(-1) ?? '',
    profiles: () => 'abcd',
  });
  return readMetrics(registry);
}

it('calls of both kinds and of several generations of a method are one series', async () => {
  const other = { ...ROW, path: '/old.B/HashData' };
  expect(await reported([ROW], [ROW, other])).toMatchObject({
    'crypto_requests_total{rpc_method="HashData",status="OK",profile="Default"}': 9,
    'crypto_requests_total{rpc_method="HashData",status="OK",profile=""}': 6,
    'crypto_request_duration_seconds{rpc_method="HashData",status="OK"}': 15,
    'crypto_hash_data_operations_total{}': 15,
    'crypto_operation_bytes_processed_total{rpc_method="HashData"}': 150,
  });
});

it('calls that failed are errors and no operations', async () => {
  const metrics = await reported([{ ...ROW, status: 'UNAVAILABLE', profiles: new Map() }], []);
  expect(
    metrics['crypto_operations_errors_total{rpc_method="HashData",error_type="UNAVAILABLE"}'],
  ).toBe(5);
  expect(metrics).not.toHaveProperty('crypto_hash_data_operations_total{}');
});

it('the state of the transport and the profiles in force are told', async () => {
  expect(await reported([], [])).toEqual({
    'crypto_requests_in_flight{}': 1,
    'crypto_connections{}': 2,
    'crypto_call_records_lost_total{}': 4,
    'crypto_profile_info{digest="abcd"}': 1,
  });
});
