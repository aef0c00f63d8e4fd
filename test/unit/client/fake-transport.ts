import { createClient, type Client, type ClientParts } from '../../../src/client/client.ts';
import type { Transport, TransportCall } from '../../../src/client/transport.ts';

/** One request the fake was asked to carry. */
export interface SentRequest {
  readonly path: string;
  /** A copy made at the time of sending. */
  readonly bytes: Uint8Array;
  /** The very buffer, which the client may wipe later. */
  readonly live: Uint8Array;
  readonly call: TransportCall;
}

/** A transport that answers by a function and keeps what it was asked to send. */
export class FakeTransport implements Transport {
  readonly sent: SentRequest[] = [];
  readonly answer: (request: SentRequest) => Uint8Array | Promise<Uint8Array>;
  closed = 0;

  constructor(answer: (request: SentRequest) => Uint8Array | Promise<Uint8Array>) {
    this.answer = answer;
  }

  async unary(path: string, request: Uint8Array, call: TransportCall): Promise<Uint8Array> {
    const record = { path, bytes: Uint8Array.from(request), live: request, call };
    this.sent.push(record);
    return await this.answer(record);
  }

  close(): void {
    this.closed += 1;
  }

  /** The one request sent. */
  only(): SentRequest {
    const [request, ...others] = this.sent;
    if (request === undefined || others.length > 0)
      throw new Error(`${this.sent.length} requests were sent`);
    return request;
  }
}

/** A client over the fake with a fixed clock, countable ids and no waiting between attempts. */
export function clientOver(transport: Transport, parts: Partial<ClientParts> = {}): Client {
  let ids = 0;
  return createClient({
    transport,
    deadlineMs: 10_000,
    retry: { attempts: 3, initialDelayMs: 1, maxDelayMs: 1 },
    now: () => 1_000_000,
    random: () => 0,
    newId: () => `id-${(ids += 1)}`,
    ...parts,
  });
}
