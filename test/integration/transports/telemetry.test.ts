import { describe, expect, it } from 'vitest';
import type { TransportName } from '../../../src/grpc/transport.ts';
import type { Sampling } from '../../../src/telemetry/tracing/tracer.ts';
import { bytesField } from '../../support/http2/protobuf.ts';
import type { WireRequest } from '../../support/http2/wire-connection.ts';
import { openNative } from '../../support/providers.ts';
import { readMetrics } from '../../support/telemetry/read-metrics.ts';
import {
  comparableSpan,
  recordingTracer,
  type RecordedSpan,
} from '../../support/telemetry/recording-tracer.ts';
import { HASH_DATA, HEALTH_CHECK } from '../support/grpc-caller.ts';
import { framed } from '../support/raw-http2.ts';
import { TRANSPORTS } from '../support/transports.ts';
import { CALL_ENDINGS } from './support/call-endings.ts';
import { BODY, HASH_ABC, startWireBroker } from './support/wire.ts';

const BENCHMARK = '/CryptoBroker.CryptoGrpcDev/Benchmark';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const OTHER_TRACE = '0af7651916cd43dd8448eb211c80319c';
const OTHER_SPAN = 'b7ad6b7169203331';

interface Asked {
  readonly path?: string;
  readonly traceparent?: string;
  readonly tracestate?: string;
  /** TraceContext of the request's metadata: trace id, span id, flags, state, correlation id. */
  readonly context?: readonly string[];
}

function request({ path = HASH_DATA, traceparent, tracestate, context }: Asked): WireRequest {
  const parts = (context ?? []).map((part, index) => bytesField(index + 1, part));
  const metadata = bytesField(3, Buffer.concat(parts));
  const field = path === HASH_DATA ? 3 : 1;
  const fields = context === undefined ? [] : [bytesField(field, metadata)];
  const message = path === HASH_DATA ? [HASH_ABC, ...fields] : fields;
  return {
    path,
    headers: {
      ...(traceparent !== undefined && { traceparent }),
      ...(tracestate !== undefined && { tracestate }),
    },
    body: framed(path === HEALTH_CHECK ? Buffer.alloc(0) : Buffer.concat(message)),
  };
}

interface Told {
  readonly spans: readonly RecordedSpan[];
  readonly metrics: Record<string, number>;
  /** `traceId` of each line of the request log. */
  readonly traceIds: readonly unknown[];
}

/** The spans of some calls, made one after the other, and the metrics of all. */
async function told(
  transport: TransportName,
  requests: readonly WireRequest[],
  sampling?: Sampling,
): Promise<Told> {
  const native = await openNative();
  const tracer = recordingTracer(sampling);
  const { connect, broker, metrics, log } = await startWireBroker(transport, {
    tracer,
    // The native core on both sides, or their words for broken documents would differ.
    ...(transport === 'grpc-js' && { provider: () => native }),
  });
  const connection = await connect();
  for (const one of requests) {
    const stream = connection.start(one);
    await connection.outcome(stream);
    // A call that its client has not ended has no record before that.
    if (one.end === false) connection.reset(stream, 8);
    await connection.ping();
  }
  // What has ended is told before a broker is gone.
  await broker.stop(1000);
  const traceIds = log.withMessage('finished call').map(({ traceId }) => traceId);
  return { spans: tracer.spans, metrics: await readMetrics(metrics), traceIds };
}

/** Calls of the addon itself and those of the handlers come on two ways. */
function sorted(spans: readonly RecordedSpan[]): string[] {
  return spans
    .map((span) => JSON.stringify(comparableSpan(span), (_, value: unknown) => sortedKeys(value)))
    .sort();
}

function sortedKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Series whose values depend on the time or on the server. */
function comparable(metrics: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(metrics).filter(([name]) => !name.startsWith('crypto_connections')),
  );
}

it('both transports count and trace the same for calls that end in every way', async () => {
  const requests = CALL_ENDINGS.map(([, one]) => one);
  const theirs = await told('grpc-js', requests);
  const ours = await told('native', requests);
  expect(sorted(ours.spans)).toEqual(sorted(theirs.spans));
  expect(comparable(ours.metrics)).toEqual(comparable(theirs.metrics));
  expect(theirs.spans.length).toBeGreaterThan(CALL_ENDINGS.length - 5);
  const { metrics } = ours;
  expect(metrics['crypto_hash_data_operations_total{}']).toBeGreaterThan(0);
  const ok = '{rpc_method="HashData",status="OK",profile="Default"}';
  expect(metrics[`crypto_requests_total${ok}`]).toBe(
    metrics['crypto_hash_data_operations_total{}'],
  );
  expect(
    metrics['crypto_operations_errors_total{rpc_method="unknown",error_type="UNIMPLEMENTED"}'],
  ).toBe(3);
});

describe.each(TRANSPORTS)('over %s', (transport) => {
  it('a span has the names, sizes and times of its call', async () => {
    const before = Date.now();
    const { spans } = await told(transport, [
      request({ context: [TRACE, SPAN, '01', 'a=1', 'order 7'] }),
    ]);
    expect(spans.map(comparableSpan)).toEqual([
      {
        name: HASH_DATA,
        kind: 'internal',
        parent: { traceId: TRACE, spanId: SPAN, flags: 1, state: 'a=1' },
        error: undefined,
        attributes: {
          'rpc.method': 'HashData',
          'rpc.grpc.status_code': 0,
          'crypto.profile': 'Default',
          'crypto.input_size': 3,
          'crypto.hash_algorithm': 'sha3-512',
          'crypto.hash_output_size': 64,
          correlationId: 'order 7',
        },
      },
    ]);
    const [span] = spans;
    // The two ends come from clocks of different resolution.
    expect(span?.startedAt).toBeGreaterThan(before - 1000);
    expect(span?.endedAt).toBeLessThan(Date.now() + 1000);
    expect((span?.endedAt ?? 0) - (span?.startedAt ?? 0)).toBeGreaterThan(0);
  });

  it('the parent is the one of the message, else the one of the headers', async () => {
    const header = `00-${OTHER_TRACE}-${OTHER_SPAN}-01`;
    const { spans } = await told(transport, [
      request({ traceparent: header, tracestate: 'b=2' }),
      request({ traceparent: header, context: [TRACE, SPAN, '01'] }),
      request({ traceparent: header, context: ['', '', '', '', 'c'] }),
      request({ traceparent: header, path: HEALTH_CHECK }),
      request({ traceparent: header, path: BENCHMARK }),
      request({ traceparent: header, path: '/none' }),
      request({}),
    ]);
    const ofHeaders = { traceId: OTHER_TRACE, spanId: OTHER_SPAN, flags: 1 };
    expect(spans.map(({ parent, name }) => [name, parent])).toEqual(
      // A closed method is the script's, and comes on another way.
      expect.arrayContaining([
        [HASH_DATA, { ...ofHeaders, state: 'b=2' }],
        [HASH_DATA, { traceId: TRACE, spanId: SPAN, flags: 1 }],
        [HASH_DATA, ofHeaders],
        [HEALTH_CHECK, ofHeaders],
        [BENCHMARK, ofHeaders],
        ['/none', ofHeaders],
        [HASH_DATA, undefined],
      ]),
    );
    expect(spans).toHaveLength(7);
  });

  it('what is no trace context is passed over, and the call answered', async () => {
    const headers = [
      '',
      '00',
      `00-${TRACE}-${SPAN}`,
      `00-${TRACE}-${SPAN}-01-`,
      `00-${TRACE}-${SPAN}-01-more`,
      `ff-${TRACE}-${SPAN}-01`,
      `00-${TRACE.toUpperCase()}-${SPAN}-01`,
      `00-${'0'.repeat(32)}-${SPAN}-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      `00-${TRACE}-${SPAN}-0g`,
      `0x-${TRACE}-${SPAN}-01`,
      `00_${TRACE}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
      `cc-${TRACE}-${SPAN}-01.`,
      'x'.repeat(8000),
    ].map((traceparent) => request({ traceparent }));
    const contexts = [
      [TRACE, SPAN, 'zz'],
      [TRACE, SPAN, '1'],
      [TRACE, '', '01'],
      ['', SPAN, '01'],
      [TRACE.toUpperCase(), SPAN, '01'],
      ['0'.repeat(32), SPAN, '01'],
      [TRACE, '0'.repeat(16), '01'],
    ].map((context) => request({ context }));
    const { spans } = await told(transport, [...headers, ...contexts]);
    expect(spans.map(({ parent }) => parent)).toEqual(
      Array.from({ length: headers.length + contexts.length }, () => undefined),
    );
    expect(spans.map(({ error }) => error)).toEqual(spans.map(() => undefined));
  });

  it('what a later version of the headers adds is passed over, and a state that is none', async () => {
    const { spans } = await told(transport, [
      request({ traceparent: `cc-${TRACE}-${SPAN}-01-more-to-come` }),
      request({ traceparent: `01-${TRACE}-${SPAN}-ff` }),
      request({ traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: `a=${'x'.repeat(511)}` }),
      request({ context: [TRACE, SPAN, '', 'a\u00fc'] }),
    ]);
    const parent = { traceId: TRACE, spanId: SPAN, flags: 1 };
    expect(spans.map((span) => span.parent)).toEqual([
      parent,
      { ...parent, flags: 0xff },
      parent,
      parent,
    ]);
  });

  it("a parent's decision is followed, and roots go by the ratio", async () => {
    const requests = [
      request({ traceparent: `00-${TRACE}-${SPAN}-00` }),
      request({ traceparent: `00-${TRACE}-${SPAN}-01` }),
      request({ context: [OTHER_TRACE, OTHER_SPAN, '00'] }),
      request({}),
    ];
    const parents = async (sampling: Sampling): Promise<(string | undefined)[]> =>
      (await told(transport, requests, sampling)).spans.map(({ parent }) => parent?.traceId);
    expect(await parents({ byParent: true, ratio: 0 })).toEqual([TRACE]);
    expect(await parents({ byParent: true, ratio: 1 })).toEqual([TRACE, undefined]);
    expect(await parents({ byParent: false, ratio: 1 })).toEqual([
      ...[TRACE, TRACE, OTHER_TRACE, undefined],
    ]);
    expect(await parents({ byParent: false, ratio: 0 })).toEqual([]);
  });

  it('the line of a call names the trace of its caller when that is recorded', async () => {
    const { traceIds } = await told(transport, [
      request({ traceparent: `00-${TRACE}-${SPAN}-01` }),
      request({ traceparent: `00-${TRACE}-${SPAN}-00` }),
      request({ traceparent: `00-${TRACE}-${SPAN}-01`, context: [OTHER_TRACE, OTHER_SPAN, '01'] }),
      request({}),
    ]);
    expect(traceIds).toEqual([TRACE, undefined, OTHER_TRACE, undefined]);
  });

  it('metrics stay when the broker has stopped, and name no profile that there is not', async () => {
    const unknown = Buffer.concat([bytesField(1, 'No such profile'), bytesField(2, 'abc')]);
    const { metrics } = await told(transport, [{ body: BODY }, { body: framed(unknown) }]);
    expect(metrics).toMatchObject({
      'crypto_requests_total{rpc_method="HashData",status="OK",profile="Default"}': 1,
      'crypto_requests_total{rpc_method="HashData",status="INVALID_ARGUMENT",profile=""}': 1,
      'crypto_request_duration_seconds{rpc_method="HashData",status="OK"}': 1,
      'crypto_operations_errors_total{rpc_method="HashData",error_type="INVALID_ARGUMENT"}': 1,
      'crypto_hash_data_operations_total{}': 1,
      'crypto_operation_bytes_processed_total{rpc_method="HashData"}':
        HASH_ABC.length + unknown.length,
      'crypto_call_records_lost_total{}': 0,
      'crypto_requests_in_flight{}': 0,
      'crypto_connections{}': 0,
    });
    const info = Object.keys(metrics).filter((name) => name.startsWith('crypto_profile_info'));
    expect(info).toEqual([expect.stringMatching(/^crypto_profile_info\{digest="[0-9a-f]{64}"\}$/)]);
  });
});
