import { describe, expect, it } from 'vitest';
import { TunnelCalls } from '../../../src/core/observe/tunnel-calls.ts';
import { TunnelRequest } from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { captureLog } from '../../integration/support/captured-log.ts';
import { LinkedTracer } from '../../support/telemetry/linked-tracer.ts';
import { readMetrics } from '../../support/telemetry/read-metrics.ts';
import { testMetrics } from '../../support/telemetry/test-metrics.ts';

function core(logOperations = true) {
  const [metrics, tracer, log] = [testMetrics(), new LinkedTracer(), captureLog()];
  let now = 0;
  const calls = new TunnelCalls({
    ...{ metrics, tracer, logger: log.logger, logOperations },
    monotonicMs: () => (now += 1.5),
  });
  return { metrics, tracer, log, calls };
}

const request = (changes: Partial<TunnelRequest> = {}): TunnelRequest => ({
  ...TunnelRequest.decode(new Uint8Array()),
  ...{ tenantId: 'acme', serviceId: 'orders', correlationId: 'order 66', requestId: 'r-1' },
  ...changes,
});
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('what is said of a message that a Gateway passes on', () => {
  it('belongs to the trace of the Gateway, and has its correlation id', async () => {
    const { calls, tracer, log, metrics } = core();
    const call = calls.begin('edge-1', request({ traceparent: `00-${TRACE}-${SPAN}-01` }));
    call.executed({ operation: 'Destroy', uid: 'u-1', client: 'CN=a', reason: undefined });
    call.ended('OK');
    expect(tracer.spans).toMatchObject([
      {
        kind: 'server',
        parent: { traceId: TRACE, spanId: SPAN, flags: 1 },
        attributes: { 'krypton.gateway': 'edge-1', correlationId: 'order 66' },
        ended: { error: undefined, attributes: { 'kmip.operation': 'Destroy' } },
      },
    ]);
    expect(log.withMessage('finished KMIP operation')).toMatchObject([
      {
        ...{ gateway: 'edge-1', operation: 'Destroy', client: 'CN=a', uid: 'u-1' },
        ...{ outcome: 'success', code: 'OK', correlationId: 'order 66', durationMs: 1.5 },
        ...{ traceId: TRACE, requestId: 'r-1' },
      },
    ]);
    expect(await readMetrics(metrics)).toEqual({
      'krypton_kmip_requests_total{operation="Destroy",result="success"}': 1,
    });
  });

  it.each(['', 'nonsense', `00-${'0'.repeat(32)}-${SPAN}-01`, `ff-${TRACE}-${SPAN}-01`])(
    'begins a trace when the Gateway names none: "%s"',
    (traceparent) => {
      const { calls, tracer } = core();
      calls.begin('edge-1', request({ traceparent })).ended('OK');
      expect(tracer.spans[0]?.parent).toBeUndefined();
    },
  );

  it('has no series for a name that somebody made up', async () => {
    const { calls, metrics } = core();
    const call = calls.begin('edge-1', request());
    call.executed({ operation: 'Make Coffee', uid: '', client: '', reason: 'Permission Denied' });
    call.ended('OK');
    expect(await readMetrics(metrics)).toEqual({
      'krypton_kmip_requests_total{operation="unknown",result="Permission Denied"}': 1,
    });
  });

  it('is the status alone when nothing was executed, and no line when operations are not logged', async () => {
    const { calls, metrics, tracer, log } = core(false);
    calls.begin('edge-1', request()).ended('PERMISSION_DENIED');
    expect(tracer.spans[0]?.ended?.error).toBe('PERMISSION_DENIED');
    expect(await readMetrics(metrics)).toEqual({});
    expect(log.lines()).toEqual([]);
  });
});
