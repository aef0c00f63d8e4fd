import { expect, it } from 'vitest';
import { traceCall, type EndedCall } from '../../../src/grpc/call-span.ts';
import { methodNames } from '../../../src/grpc/method-name.ts';
import { comparableSpan, recordingTracer } from '../../support/telemetry/recording-tracer.ts';

const CALL: EndedCall = {
  path: '/a.B/SignCertificate',
  method: 'SignCertificate',
  status: 'OK',
  profile: 'Default',
  correlationId: 'c',
  endedAt: 1_700_000_000_250,
  durationMs: 250,
  parent: undefined,
  facts: { csrSize: 1, caCertSize: 2, caKeySize: 3, signedCertSize: 4 },
};

it('a span has the names of the original, and the times of its call', () => {
  const tracer = recordingTracer();
  traceCall(tracer, CALL);
  const [span] = tracer.spans;
  expect(span).toMatchObject({ startedAt: 1_700_000_000_000, endedAt: 1_700_000_000_250 });
  expect(span && comparableSpan(span)).toEqual({
    name: '/a.B/SignCertificate',
    kind: 'internal',
    parent: undefined,
    error: undefined,
    attributes: {
      'rpc.method': 'SignCertificate',
      'rpc.grpc.status_code': 0,
      'crypto.profile': 'Default',
      'crypto.csr_size': 1,
      'crypto.ca_cert_size': 2,
      'crypto.ca_key_size': 3,
      'crypto.signed_cert_size': 4,
      correlationId: 'c',
    },
  });
});

it('a call that failed says so by its status', () => {
  const tracer = recordingTracer();
  traceCall(tracer, { ...CALL, status: 'RESOURCE_EXHAUSTED' });
  expect(tracer.spans).toMatchObject([
    { error: 'RESOURCE_EXHAUSTED', attributes: { 'rpc.grpc.status_code': 8 } },
  ]);
});

it('a call whose sampling is decided is not decided about again', () => {
  const tracer = recordingTracer({ byParent: true, ratio: 0 });
  traceCall(tracer, CALL);
  expect(tracer.spans).toEqual([]);
  traceCall(tracer, { ...CALL, sampled: true });
  expect(tracer.spans).toHaveLength(1);
});

it('methods that are not served have one name, whatever callers make up', () => {
  const nameOf = methodNames([{ path: '/a.B/SignCertificate' }, { path: '/a.v2.B/Check' }]);
  expect(nameOf('/a.B/SignCertificate')).toBe('SignCertificate');
  expect(nameOf('/a.v2.B/Check')).toBe('Check');
  for (const made of ['/a.B/Other', '', 'Check', '/x/SignCertificate']) {
    expect(nameOf(made)).toBe('unknown');
  }
});
