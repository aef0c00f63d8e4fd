import { describe, expect, it } from 'vitest';
import { checkMetadata, checkProfileName } from '../../../src/broker/validation.ts';
import type { TraceContext } from '../../../src/broker/request-metadata.ts';
import { failureOf } from '../../support/failures.ts';

const EMPTY_TRACE: TraceContext = {
  traceId: '',
  spanId: '',
  traceFlags: '',
  traceState: '',
  correlationId: '',
};

const withTrace = (trace: Partial<TraceContext>) => () => {
  checkMetadata({ id: '', traceContext: { ...EMPTY_TRACE, ...trace } });
};

describe('metadata', () => {
  it('may be absent, empty, or at its limits', () => {
    checkMetadata(undefined);
    checkMetadata({ id: '' });
    checkMetadata({
      id: '~'.repeat(128),
      traceContext: {
        traceId: 'a'.repeat(32),
        spanId: 'b'.repeat(16),
        traceFlags: '01',
        traceState: 'c'.repeat(512),
        correlationId: ' '.repeat(128),
      },
    });
  });

  it.each([
    [
      'metadata.id: too large (max 128)',
      () => {
        checkMetadata({ id: 'x'.repeat(129) });
      },
    ],
    [
      'metadata.id: must contain only printable ASCII characters (0x20-0x7E)',
      () => {
        checkMetadata({ id: 'a\nb' });
      },
    ],
    ['metadata.traceContext.traceId: too large (max 32)', withTrace({ traceId: 'x'.repeat(33) })],
    ['metadata.traceContext.spanId: too large (max 16)', withTrace({ spanId: 'x'.repeat(17) })],
    ['metadata.traceContext.traceFlags: too large (max 2)', withTrace({ traceFlags: '001' })],
    [
      'metadata.traceContext.traceState: too large (max 512)',
      withTrace({ traceState: 'x'.repeat(513) }),
    ],
    [
      'metadata.traceContext.correlationId: too large (max 128)',
      withTrace({ correlationId: 'x'.repeat(129) }),
    ],
    [
      'metadata.traceContext.correlationId: must contain only printable ASCII characters (0x20-0x7E)',
      withTrace({ correlationId: 'ü' }),
    ],
  ])('is refused: %s', async (message, action) => {
    expect((await failureOf(action)).message).toBe(message);
  });
});

describe('a profile name', () => {
  it('has 1 to 64 bytes, in whatever characters', async () => {
    checkProfileName('ü'.repeat(32));
    expect(
      await failureOf(() => {
        checkProfileName('');
      }),
    ).toEqual({
      code: 'FIELD_REQUIRED',
      message: 'profile: required',
    });
    expect(
      await failureOf(() => {
        checkProfileName('ü'.repeat(33));
      }),
    ).toEqual({
      code: 'FIELD_TOO_LARGE',
      message: 'profile: too large (max 64)',
    });
  });
});
