import { expect, it } from 'vitest';
import { encodeMetadata } from '../../../src/client/metadata.ts';
import { traceContextFrom } from '../../../src/client/trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

it('the headers of a trace become the parts that a request carries', () => {
  const traceContext = traceContextFrom({
    traceparent: `00-${TRACE}-${SPAN}-01`,
    tracestate: 'a=1',
  });
  expect(traceContext).toEqual({
    ...{ traceId: TRACE, spanId: SPAN, traceFlags: '01', traceState: 'a=1' },
  });
  expect(encodeMetadata('id', { traceContext }).traceContext).toMatchObject({ traceId: TRACE });
});

it('headers that name no trace are none, so that a call is made all the same', () => {
  for (const carrier of [{}, { traceparent: '' }, { traceparent: 'nonsense', tracestate: 'a=1' }]) {
    expect(traceContextFrom(carrier)).toBeUndefined();
  }
  expect(traceContextFrom({ traceparent: `00-${TRACE}-${SPAN}-00` })).toEqual({
    ...{ traceId: TRACE, spanId: SPAN, traceFlags: '00' },
  });
});
