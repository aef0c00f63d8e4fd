import { describe, expect, it } from 'vitest';
import { KmipCounts } from '../../../../src/gateway/observe/kmip-counts.ts';
import { OPERATION, RESULT_REASON } from '../../../../src/kmip/tables/enumerations.ts';
import { readMetrics } from '../../../support/telemetry/read-metrics.ts';
import { testMetrics } from '../../../support/telemetry/test-metrics.ts';

describe('the counts of KMIP operations', () => {
  it('go by the names of the specification', async () => {
    const metrics = testMetrics();
    const counts = new KmipCounts(metrics);
    counts.item(OPERATION.discoverVersions, undefined);
    counts.item(OPERATION.get, RESULT_REASON.permissionDenied);
    counts.item(OPERATION.get, RESULT_REASON.permissionDenied);
    counts.took(OPERATION.get, 3);
    counts.message(RESULT_REASON.invalidMessage);
    counts.unread('serverLimitExceeded');
    expect(await readMetrics(metrics)).toEqual({
      'krypton_kmip_requests_total{operation="Discover Versions",result="success"}': 1,
      'krypton_kmip_requests_total{operation="Get",result="Permission Denied"}': 2,
      'krypton_kmip_requests_total{operation="message",result="Invalid Message"}': 1,
      'krypton_kmip_requests_total{operation="message",result="Server Limit Exceeded"}': 1,
      'krypton_kmip_request_duration_seconds{operation="Get"}': 1,
      'krypton_kmip_request_duration_seconds{operation="Discover Versions"}': 0,
    });
  });

  it('have one series for all that a client or a Core makes up', async () => {
    const metrics = testMetrics();
    const counts = new KmipCounts(metrics);
    for (let number = 0x7000; number < 0x7400; number += 1) {
      counts.item(number, number);
      counts.took(number, 1);
    }
    expect(await readMetrics(metrics)).toEqual({
      'krypton_kmip_requests_total{operation="unknown",result="unknown"}': 1024,
      'krypton_kmip_request_duration_seconds{operation="unknown"}': 1024,
    });
  });
});
