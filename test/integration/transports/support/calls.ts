import { expect } from 'vitest';
import type { TransportName } from '../../../../src/grpc/transport.ts';
import type { WireOutcome, WireRequest } from '../../../support/http2/wire-connection.ts';
import { answered, BODY, exchange, startWireBroker } from './wire.ts';

/** PROTOCOL_ERROR (RFC 9113 §7). */
const PROTOCOL_ERROR = 1;

type Check = (outcome: WireOutcome, name: string) => void;

/** Ways to make many calls on one connection, so that each also proves that the one before it did no harm. */
export interface Calls {
  readonly callAll: (
    requests: readonly (readonly [name: string, request: WireRequest])[],
    check: Check,
  ) => Promise<void>;
  /** The same for requests that are made of frames. */
  readonly exchangeAll: (
    requests: readonly (readonly [name: string, make: (stream: number) => readonly Uint8Array[]])[],
    check: Check,
  ) => Promise<void>;
}

export function callsOver(transport: TransportName): Calls {
  return {
    callAll: async (requests, check) => {
      const { connect } = await startWireBroker(transport);
      const connection = await connect();
      for (const [name, request] of requests) check(await connection.call(request), name);
      expect(answered(await connection.call({ body: BODY }))).toBe(true);
    },
    exchangeAll: async (requests, check) => {
      const { connect } = await startWireBroker(transport);
      const connection = await connect();
      for (const [name, make] of requests) check(await exchange(connection, make), name);
      expect(answered(await connection.call({ body: BODY }))).toBe(true);
    },
  };
}

/** The usual request, with changes of its header fields. */
export function headers(changes: Readonly<Record<string, string | undefined>>): WireRequest {
  return { headers: changes, body: BODY };
}

export function isAnswered(outcome: WireOutcome, name: string): void {
  expect(answered(outcome), `${name}: ${JSON.stringify(outcome)}`).toBe(true);
}

export function isReset(outcome: WireOutcome, name: string): void {
  expect(outcome, name).toMatchObject({ http: undefined, reset: PROTOCOL_ERROR });
}
