import { describe, expect, it } from 'vitest';
import { callLogger, incidentLogger } from '../../../src/broker/call-log.ts';
import type { CallRecord } from '../../../src/grpc/run-call.ts';
import { captureLog } from '../../integration/support/captured-log.ts';

const RECORD: CallRecord = {
  path: '/a.B/C',
  profile: 'Default',
  correlationId: 'c',
  status: 'OK',
  code: undefined,
  incident: undefined,
  cause: undefined,
  durationMs: 1.23456,
  requestBytes: 10,
  responseBytes: 20,
};

function logged(record: Partial<CallRecord>, logCalls = true) {
  const log = captureLog();
  callLogger(log.logger, logCalls)({ ...RECORD, ...record });
  return log.lines().map((line) => {
    const { time, service, ...rest } = line;
    expect([typeof time, service]).toEqual(['string', 'test']);
    return rest;
  });
}

describe('the line of a call', () => {
  it('has the facts and nothing else', () => {
    expect(logged({})).toEqual([
      {
        level: 'INFO',
        msg: 'finished call',
        method: '/a.B/C',
        profile: 'Default',
        code: 'OK',
        durationMs: 1.235,
        requestBytes: 10,
        responseBytes: 20,
        correlationId: 'c',
      },
    ]);
  });

  it('names the error of a call that failed', () => {
    expect(logged({ status: 'INVALID_ARGUMENT', code: 'PROFILE_UNKNOWN' })).toMatchObject([
      { code: 'INVALID_ARGUMENT', error: 'PROFILE_UNKNOWN' },
    ]);
  });

  it('cuts what the client wrote and keeps it to printable ASCII', () => {
    const [line] = logged({
      path: `/${'x'.repeat(500)}`,
      profile: 'a\nb',
      correlationId: '\u001bü',
    });
    expect(line).toMatchObject({
      method: `/${'x'.repeat(127)}`,
      profile: 'a?b',
      correlationId: '??',
    });
  });

  it('can be switched off', () => {
    expect(logged({}, false)).toEqual([]);
  });
});

describe('the line of an incident', () => {
  it('has the cause and where it was thrown, even when calls are not logged', () => {
    const cause = new TypeError('boom', {
      cause: Object.assign(new Error('below'), { code: 'EIO' }),
    });
    const [line, ...others] = logged({ incident: 'id-1', cause }, false);
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      level: 'ERROR',
      incident: 'id-1',
      method: '/a.B/C',
      cause: 'TypeError: boom; caused by Error EIO: below',
      stack: expect.stringContaining('call-log.test.ts') as string,
    });
  });

  it.each([undefined, null, 'a text', { secret: 1 }])(
    'says no more than the kind of what is no error: %j',
    (cause) => {
      const [line] = logged({ incident: 'id-1', cause });
      expect(line?.['cause']).toBe(typeof cause);
    },
  );

  it('does not go round in circles', () => {
    const cause = new Error('a');
    cause.cause = cause;
    expect(logged({ incident: 'id-1', cause })[0]?.['cause']).toHaveLength(5 * 8 + 4 * 12);
  });
});

describe('the line of an incident in a call that the transport answered by itself', () => {
  it('has the same words, and shows nothing of a path but printable ASCII', () => {
    const log = captureLog();
    incidentLogger(log.logger)({ id: 'i-1', path: '/a.B/C\u001b', cause: 'the digest failed' });
    expect(log.lines()).toMatchObject([
      {
        level: 'ERROR',
        msg: 'call failed inside the server',
        incident: 'i-1',
        method: '/a.B/C?',
        cause: 'the digest failed',
      },
    ]);
  });
});
