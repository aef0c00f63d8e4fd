import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectionBroke } from '../../src/client/http2/failures.ts';
import type { Session, SessionCall } from '../../src/client/http2/session.ts';
import { FLAG, FRAME } from '../../src/client/lean/frames.ts';
import { LeanSession } from '../../src/client/lean/session.ts';
import { loadClientAddon } from '../../src/client/native/client-addon.ts';
import { NativeSession } from '../../src/client/native/native-session.ts';
import { TransportFailure } from '../../src/client/transport.ts';
import {
  answer,
  block,
  data,
  frame,
  goaway,
  HEAD,
  headers,
  message,
  reset,
  settings,
  windowUpdate,
} from '../support/client/fake-server.ts';
import { METHOD } from '../support/client/transports.ts';

const SESSIONS: [string, () => Session][] = [
  ['lean', () => new LeanSession()],
  ['native', () => new NativeSession(loadClientAddon())],
];
const CALLS = 5;

class Call implements SessionCall {
  readonly path = METHOD;
  readonly request: Uint8Array;
  readonly timeoutMs = 1000;
  readonly outcomes: string[] = [];

  constructor(request: Uint8Array) {
    this.request = request;
  }

  answered(bytes: Buffer): void {
    this.outcomes.push(`answered ${bytes.toString('hex')}`);
  }

  failed(failure: TransportFailure): void {
    expect(failure).toBeInstanceOf(TransportFailure);
    this.outcomes.push(failure.status);
  }

  unprocessed(): void {
    this.outcomes.push('unprocessed');
  }
}

const stream = fc.integer({ min: 0, max: 2 * CALLS + 2 });
const payload = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));

/** What a server may send, sensible and otherwise. */
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: CALLS - 1 }).map((n) => answer(2 * n + 1)) },
  fc.tuple(stream, payload).map(([id, body]) => data(id, message(body))),
  fc.tuple(stream, payload, fc.nat(255)).map(([id, body, flags]) => data(id, body, flags)),
  fc.tuple(stream, fc.nat(255)).map(([id, flags]) => frame(FRAME.headers, flags, id, block(HEAD))),
  fc.tuple(stream, payload).map(([id, body]) => frame(FRAME.headers, FLAG.endHeaders, id, body)),
  fc
    .tuple(stream, fc.nat(255), payload)
    .map(([id, flags, body]) => frame(FRAME.continuation, flags, id, body)),
  stream.map((id) => headers(id, { 'grpc-status': '5', 'grpc-message': 'x%' }, FLAG.endStream)),
  fc.tuple(stream, fc.nat(14)).map(([id, code]) => reset(id, code)),
  fc.tuple(stream, fc.nat(2 ** 31 - 1)).map(([id, octets]) => windowUpdate(id, octets)),
  stream.map((last) => goaway(last)),
  fc.tuple(fc.nat(7), fc.nat(2 ** 31)).map(([id, value]) => settings({ [id]: value })),
  fc
    .tuple(fc.nat(255), fc.nat(255), stream, payload)
    .map(([type, flags, id, body]) => frame(type, flags, id, body)),
);

interface Mutation {
  readonly at: number;
  readonly octet: number;
  readonly cut: number;
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(10_000),
  octet: fc.nat(255),
  cut: fc.nat(3),
});

function mutate(bytes: Buffer, mutations: readonly Mutation[]): Buffer {
  let mutated = bytes;
  for (const { at, octet, cut } of mutations) {
    if (mutated.length === 0) break;
    const position = at % mutated.length;
    mutated = Buffer.concat([
      mutated.subarray(0, position),
      Buffer.of(octet),
      mutated.subarray(position + cut),
    ]);
  }
  return mutated;
}

/** Feeds the bytes to a session with calls under way, in chunks of these sizes, and returns how the calls ended. */
function outcomesOf(session: Session, bytes: Buffer, sizes: readonly number[]): string[][] {
  const out = Buffer.alloc(65_536);
  const drain = (): void => {
    for (let writes = 0; session.hasOutput; writes += 1) {
      expect(writes).toBeLessThan(100);
      if (session.write(out) === 0) return;
    }
  };
  drain();
  session.receive(settings());
  drain();
  const calls = Array.from({ length: CALLS }, (_, n) => new Call(Buffer.alloc(n * 30_000)));
  for (const call of calls) {
    expect(session.mayStart).toBe(true);
    session.start(call);
  }
  drain();
  let position = 0;
  for (let turn = 0; position < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    session.receive(bytes.subarray(position, position + size));
    position += size;
    drain();
  }
  expect(session.running).toBe(calls.filter(({ outcomes }) => outcomes.length === 0).length);
  session.lost(connectionBroke());
  expect(session.phase).toBe('failed');
  expect(session.running).toBe(0);
  return calls.map(({ outcomes }) => outcomes);
}

const sizes = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 });

describe.each(SESSIONS)('a %s session', (_, newSession) => {
  it('gives every call one outcome, whatever the server sends', () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        fc.array(mutation, { maxLength: 3 }),
        sizes,
        (pieces, mutations, chunks) => {
          const bytes = mutate(Buffer.concat(pieces), mutations);
          for (const outcomes of outcomesOf(newSession(), bytes, chunks)) {
            expect(outcomes).toHaveLength(1);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

// nghttp2 may see a second thing that is wrong before it has sent what the first one deserves.
it('a lean session does not care how what the server sends is cut', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), sizes, (pieces, chunks) => {
      const bytes = Buffer.concat(pieces);
      const whole = outcomesOf(new LeanSession(), bytes, [Math.max(1, bytes.length)]);
      expect(outcomesOf(new LeanSession(), bytes, chunks)).toEqual(whole);
    }),
    { numRuns: 1000 },
  );
});

/** What a server does with one call that abides by the rules. */
const ending = (id: number): fc.Arbitrary<Buffer> =>
  fc.oneof(
    payload.map((body) => answer(id, body)),
    fc
      .nat(20)
      .map((status) =>
        headers(
          id,
          { ...HEAD, 'grpc-status': `${status}`, 'grpc-message': 'no%21' },
          FLAG.endStream,
        ),
      ),
    fc
      .constantFrom('200', '404', '503')
      .map((status) => headers(id, { ':status': status }, FLAG.endStream)),
    fc.nat(14).map((code) => reset(id, code)),
    fc.constant(Buffer.concat([headers(id, HEAD), headers(id, { 'grpc-status': '0' }, 1)])),
    fc.constant(Buffer.alloc(0)),
  );
const endings = fc
  .tuple(...Array.from({ length: CALLS }, (_, n) => ending(2 * n + 1)))
  .chain((all) => fc.shuffledSubarray(all));

it('both sessions end calls in the same way', () => {
  fc.assert(
    fc.property(endings, sizes, (pieces, chunks) => {
      const bytes = Buffer.concat(pieces);
      const [lean, native] = SESSIONS.map(([, newSession]) =>
        outcomesOf(newSession(), bytes, chunks),
      );
      expect(lean).toEqual(native);
    }),
    { numRuns: 2000 },
  );
});
