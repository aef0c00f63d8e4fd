import { describe, expect, it } from 'vitest';
import { parseTraceHeaders, traceParentOf } from '../../../src/telemetry/tracing/trace-parent.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const WHOLE = `00-${TRACE}-${SPAN}-01`;
const PARENT = { traceId: TRACE, spanId: SPAN, flags: 1 };

function parsed(traceparent: string, tracestate = ''): unknown {
  return parseTraceHeaders({ traceparent, tracestate });
}

describe('trace headers', () => {
  it('name a parent', () => {
    expect(parsed(WHOLE)).toEqual(PARENT);
    expect(parsed(WHOLE, 'a=1, b=2')).toEqual({ ...PARENT, state: 'a=1, b=2' });
  });

  it('are read in a version that is not known yet, whatever it adds', () => {
    for (const more of ['', '-', '-more', '-\n']) {
      expect(parsed(`cc-${TRACE}-${SPAN}-fe${more}`)).toEqual({ ...PARENT, flags: 0xfe });
    }
  });

  it.each([
    ...Array.from({ length: WHOLE.length }, (_, length) => WHOLE.slice(0, length)),
    ...[`${WHOLE}-`, `${WHOLE}-more`, `${WHOLE}0`, ` ${WHOLE}`, `${WHOLE}\n`],
    ...[`ff${WHOLE.slice(2)}`, `FF${WHOLE.slice(2)}`, `cc${WHOLE.slice(2)}.more`],
    ...[`${WHOLE}, ${WHOLE}`, `cc${WHOLE.slice(2)}-a,b`],
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-0G`,
    'x'.repeat(8000),
  ])('name none when they are wrong: %j', (header) => {
    expect(parsed(header)).toBeUndefined();
  });

  it('lose a state that cannot be passed on', () => {
    expect(parsed(WHOLE, 's'.repeat(512))).toEqual({ ...PARENT, state: 's'.repeat(512) });
    for (const state of ['s'.repeat(513), 'a=ü', 'a\n', '']) {
      expect(parsed(WHOLE, state)).toEqual(PARENT);
    }
  });
});

describe('the parts of a trace context', () => {
  const parts = { traceId: TRACE, spanId: SPAN, traceFlags: '01', traceState: '' };

  it('name a parent, which is sampled when nothing is said of it', () => {
    expect(traceParentOf(parts)).toEqual(PARENT);
    expect(traceParentOf({ ...parts, traceFlags: '' })).toEqual(PARENT);
    expect(traceParentOf({ ...parts, traceFlags: '00' })).toEqual({ ...PARENT, flags: 0 });
  });

  it.each([
    { traceId: '' },
    { spanId: '' },
    { traceId: '0'.repeat(32) },
    { spanId: '0'.repeat(16) },
    { traceId: `${TRACE}\n` },
    ...['0', '1', '001', '0x', '0A'].map((traceFlags) => ({ traceFlags })),
  ])('name none when one is wrong: %j', (wrong) => {
    expect(traceParentOf({ ...parts, ...wrong })).toBeUndefined();
  });
});
