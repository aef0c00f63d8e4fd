import type { TransportName } from '../../../../src/grpc/transport.ts';
import { FLAG } from '../../../../src/client/lean/frames.ts';
import { frame } from '../../../support/http2/frames.ts';
import { headerBlock, type Field } from '../../../support/http2/header-block.ts';
import {
  requestFields,
  WireConnection,
  type WireOptions,
  type WireOutcome,
} from '../../../support/http2/wire-connection.ts';
import { hashRequest } from '../../support/grpc-caller.ts';
import { framed } from '../../support/raw-http2.ts';
import {
  startTestBroker,
  type TestBroker,
  type TestBrokerOptions,
} from '../../support/test-broker.ts';

/** The message that most cases send: it has a published answer (FIPS 202, "abc"). */
export const HASH_ABC = hashRequest('Default', 'abc');
export const BODY = framed(HASH_ABC);
const ANSWER = 'b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e';

export interface WireBroker extends TestBroker {
  readonly connect: (options?: WireOptions) => Promise<WireConnection>;
}

export async function startWireBroker(
  transport: TransportName,
  options: TestBrokerOptions = {},
): Promise<WireBroker> {
  const broker = await startTestBroker({ transport, ...options });
  return {
    ...broker,
    connect: async (wire) => await WireConnection.open(broker.socket, wire),
  };
}

/** A header block of the usual fields and some more. */
export function usualBlock(
  more: readonly Field[] = [],
  changes: Readonly<Record<string, string | undefined>> = {},
): Buffer {
  return headerBlock([...requestFields({ headers: changes }), ...more]);
}

/** HEADERS and DATA of a whole request. */
export function requestFrames(
  stream: number,
  block = usualBlock(),
  body: Uint8Array = BODY,
): Buffer {
  return Buffer.concat([
    frame('headers', FLAG.endHeaders, stream, block),
    frame('data', FLAG.endStream, stream, body),
  ]);
}

/** Sends what `make` makes for a new stream, and waits for the end of that. */
export async function exchange(
  connection: WireConnection,
  make: (stream: number) => readonly Uint8Array[],
): Promise<WireOutcome> {
  const stream = connection.newStream();
  connection.stream(stream);
  connection.send(...make(stream));
  return await connection.outcome(stream);
}

/** The outcome of a call that went well: the right answer and nothing else. */
export function answered(outcome: WireOutcome): boolean {
  return (
    outcome.http === '200' &&
    outcome.status === 0 &&
    outcome.reset === undefined &&
    outcome.goAway === undefined &&
    outcome.reply?.includes(ANSWER) === true
  );
}
