import { expect, it } from 'vitest';
import { endedCalls, nativeSampling } from '../../../src/data-plane/native-spans.ts';
import { unary } from '../../../src/grpc/method.ts';
import { fakeTransport } from '../../support/data-plane/fake-transport.ts';
import { comparableSpan, recordingTracer } from '../../support/telemetry/recording-tracer.ts';

const HASH = '/CryptoBroker.CryptoGrpc/HashData';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const ENTRIES = [
  ...[HASH, 0, 1_700_000_000_123_456, 2_500_000, 'Default', 'c'],
  ...[TRACE, SPAN, 3, 'a=1', 'sha3-512', 3, -1, -1, -1, 64, -1],
];
const nameOf = (path: string): string => path.split('/').at(-1) ?? '';
const codec = { decode: (bytes: Uint8Array) => bytes, encode: (bytes: Uint8Array) => bytes };

it('calls come as the addon hands them over', () => {
  const bare = ['/x', 13, 0, 0, '', '', '', '', 0, '', '', -1, 1, 2, 3, -1, 4];
  expect([...endedCalls([...ENTRIES, ...bare], nameOf)]).toEqual([
    {
      ...{ path: HASH, method: 'HashData', status: 'OK', profile: 'Default', correlationId: 'c' },
      ...{ endedAt: 1_700_000_000_123.456, durationMs: 2.5, sampled: true },
      parent: { traceId: TRACE, spanId: SPAN, flags: 3, state: 'a=1' },
      facts: { inputSize: 3, hashOutputSize: 64, hashAlgorithm: 'sha3-512' },
    },
    {
      ...{ path: '/x', method: 'x', status: 'INTERNAL', profile: undefined },
      ...{ correlationId: undefined, endedAt: 0, durationMs: 0, sampled: true, parent: undefined },
      facts: { csrSize: 1, caCertSize: 2, caKeySize: 3, signedCertSize: 4 },
    },
  ]);
});

it('what is none is refused', () => {
  expect(() => [...endedCalls([1, ...ENTRIES.slice(1)], nameOf)]).toThrow(TypeError);
  expect(() => [...endedCalls(ENTRIES.slice(0, 5), nameOf)]).toThrow(TypeError);
});

it('the share of calls is the one that OpenTelemetry takes for the same ratio', () => {
  const threshold = (ratio: number): number => nativeSampling({ byParent: true, ratio }).threshold;
  expect([0, 0.01, 0.5, 1].map(threshold)).toEqual([0, 42_949_672, 2_147_483_647, 2 ** 32]);
});

it('spans are made of native calls, and asked for only while calls are traced', () => {
  const tracer = recordingTracer({ byParent: false, ratio: 0.25 });
  const methods = [unary({ path: HASH, ...codec, handle: (bytes) => bytes })];
  const { addon } = fakeTransport({ tracer, methods });
  expect(addon.options?.spans).toEqual({ byParent: false, threshold: 1_073_741_823 });
  addon.span(...ENTRIES);
  expect(tracer.spans.map(comparableSpan)).toMatchObject([
    { name: HASH, attributes: { 'rpc.method': 'HashData', 'crypto.input_size': 3 } },
  ]);
  expect(fakeTransport().addon.options).not.toHaveProperty('spans');
});

it('the headers of a scripted call come with it', async () => {
  const path = '/a.A/Unary';
  const methods = [unary({ path, ...codec, handle: (bytes) => bytes })];
  const { addon, records } = fakeTransport({ methods, tracer: recordingTracer() });
  const call = addon.request(path, Buffer.alloc(0), 0, {
    traceparent: `00-${TRACE}-${SPAN}-01`,
    tracestate: 'a=1',
  });
  await call.ended;
  await addon.request(path, Buffer.alloc(0)).ended;
  expect(records.map(({ traceHeaders }) => traceHeaders)).toEqual([
    { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 'a=1' },
    undefined,
  ]);
});

it('counters stay readable when the data plane has gone', async () => {
  const { addon, transport } = fakeTransport();
  addon.counted.push({
    ...{ path: HASH, status: 8, calls: 3, requestBytes: 30, durationNs: 2e9 },
    ...{ durations: [3], profiles: ['__proto__', 2, 'Default', 1] },
  });
  const expected = [
    {
      ...{ path: HASH, status: 'RESOURCE_EXHAUSTED', calls: 3, requestBytes: 30, seconds: 2 },
      durations: [3],
      profiles: new Map([
        ['__proto__', 2],
        ['Default', 1],
      ]),
    },
  ];
  expect(transport.counters()).toEqual(expected);
  await transport.drain(0);
  expect(transport.counters()).toEqual(expected);
});
