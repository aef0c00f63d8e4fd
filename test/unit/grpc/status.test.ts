import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { BrokerError, ERROR_CODES, type ErrorCode } from '../../../src/errors/index.ts';
import { failureOf, STATUS_NUMBERS, statusName, trailersOf } from '../../../src/grpc/status.ts';

const newIncident = (): string => 'id-1';

describe('statuses', () => {
  it('have the numbers of gRPC', () => {
    for (const [name, number] of Object.entries(STATUS_NUMBERS)) {
      expect(status[name as keyof typeof status], name).toBe(number);
      expect(statusName(number)).toBe(name);
    }
    expect(statusName(99)).toBe('UNKNOWN');
  });
});

describe('a failure', () => {
  it('has the status of its code, the message as it is, and the code in the trailer', () => {
    const failure = failureOf(
      new BrokerError('FIELD_TOO_LARGE', 'too large (max 64)', { field: 'profile' }),
      newIncident,
    );
    expect(failure).toMatchObject({
      status: 'INVALID_ARGUMENT',
      details: 'profile: too large (max 64)',
      incident: undefined,
    });
    expect(trailersOf(failure)).toEqual({ 'cryptobroker-error': 'FIELD_TOO_LARGE' });
  });

  it('tells nothing of an error that is not ours', () => {
    const cause = new TypeError('the secret detail');
    const failure = failureOf(cause, newIncident);
    expect(failure).toMatchObject({
      status: 'INTERNAL',
      code: 'INTERNAL',
      details: 'internal error, incident id-1',
      cause,
    });
    expect(trailersOf(failure)).toEqual({
      'cryptobroker-error': 'INTERNAL',
      'cryptobroker-incident': 'id-1',
    });
  });

  it('tells nothing of a code that no request can cause', () => {
    for (const [code, { status: name }] of Object.entries(ERROR_CODES)) {
      if (name !== 'INTERNAL') continue;
      expect(
        failureOf(new BrokerError(code as ErrorCode, 'of the host'), newIncident).details,
      ).not.toContain('host');
    }
  });

  it('never has a status that clients retry by themselves, except where it is meant', () => {
    const retried = Object.entries(ERROR_CODES)
      // What the Gateway, the Core and the KMIP client meet; the Broker's clients never see them.
      .filter(([code]) => !/^(VAULT|KMIP|CORE|UPLINK|LOCAL)_/.test(code))
      .filter(([, { status: name }]) =>
        ['UNAVAILABLE', 'RESOURCE_EXHAUSTED', 'ABORTED'].includes(name),
      )
      .map(([code]) => code);
    expect(retried).toEqual(['QUEUE_FULL', 'UNAVAILABLE']);
  });

  it('has details that fit a header: ASCII, bounded', () => {
    const failure = failureOf(
      new BrokerError('SUBJECT_MALFORMED', `ü\n${'x'.repeat(5000)}`),
      newIncident,
    );
    expect(failure.details).toMatch(/^\?\?x{1022}$/);
  });
});
