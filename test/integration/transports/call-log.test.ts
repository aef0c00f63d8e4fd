import { expect, it } from 'vitest';
import type { TransportName } from '../../../src/grpc/transport.ts';
import type { WireRequest } from '../../support/http2/wire-connection.ts';
import { openNative } from '../../support/providers.ts';
import { HASH_DATA, HEALTH_CHECK, hashRequest } from '../support/grpc-caller.ts';
import { framed } from '../support/raw-http2.ts';
import { BODY, HASH_ABC, startWireBroker } from './support/wire.ts';

const MIB = 1024 * 1024;

/** Calls that end in every way there is; those that their client breaks off are sent without an end. */
const CALLS: readonly (readonly [string, WireRequest])[] = [
  ['a hash', { body: BODY }],
  ['health', { path: HEALTH_CHECK, body: framed(Buffer.alloc(0)) }],
  ['an unknown service', { path: HEALTH_CHECK, body: framed(Buffer.from('0a0178', 'hex')) }],
  ['no body', {}],
  ['an empty body', { body: Buffer.alloc(0) }],
  ['half a prefix', { body: Buffer.of(0, 0) }],
  ['half a message', { body: BODY.subarray(0, 9) }],
  ['two messages', { body: Buffer.concat([BODY, BODY]) }],
  ['a surplus octet', { body: Buffer.concat([BODY, Buffer.of(0)]) }],
  ['an empty message', { body: framed(Buffer.alloc(0)) }],
  ['a compressed message', { body: framed(HASH_ABC, { compressed: 1 }) }],
  ['another encoding', { headers: { 'grpc-encoding': 'gzip' }, body: BODY }],
  ['2 GiB', { body: framed(HASH_ABC, { length: 0x7fffffff }) }],
  ['more than 2 MiB', { body: framed(Buffer.alloc(2 * MIB + 1)) }],
  ['more than 1 MiB of input', { body: framed(hashRequest('Default', Buffer.alloc(MIB + 1))) }],
  ['noise', { body: framed(Buffer.alloc(20, 0xff)) }],
  ['an unknown method', { path: '/none', body: BODY }],
  ['an unknown method of odd characters', { path: '/a\u00ff"b', body: BODY }],
  ['an unknown method of a long name', { path: `/${'a'.repeat(300)}`, body: BODY }],
  [
    'a closed method',
    { path: '/CryptoBroker.CryptoGrpcDev/Benchmark', body: framed(Buffer.alloc(0)) },
  ],
  ['no gRPC', { headers: { 'content-type': 'text/plain' }, body: BODY }],
  ['no request', { headers: { ':method': undefined }, body: BODY }],
  ['a wrong timeout', { headers: { 'grpc-timeout': '1' }, body: BODY }],
  [
    'a short timeout',
    { headers: { 'grpc-timeout': '20m' }, body: BODY.subarray(0, 8), end: false },
  ],
];

/** The lines of a server that got every call, without what differs from call to call. */
async function linesOver(transport: TransportName): Promise<Record<string, unknown>[]> {
  const native = await openNative();
  const { connect, log } = await startWireBroker(transport, {
    // The native core on both sides, or their words for broken documents would differ.
    ...(transport === 'grpc-js' && { provider: () => native }),
  });
  const connection = await connect();
  for (const [, request] of CALLS) {
    const stream = connection.start(request);
    await connection.outcome(stream);
    // A call that its client has not ended has no record before that.
    if (request.end === false) connection.reset(stream, 8);
    await connection.ping();
  }
  const cancelled = connection.start({ body: BODY.subarray(0, 8), end: false });
  await connection.ping();
  connection.reset(cancelled, 8);
  const lines = (): Record<string, unknown>[] =>
    log
      .withMessage('finished call')
      .map((line) =>
        Object.fromEntries(
          Object.entries(line).filter(([name]) => name !== 'time' && name !== 'durationMs'),
        ),
      );
  await expect.poll(() => lines().at(-1), { timeout: 10_000 }).toMatchObject({ code: 'CANCELLED' });
  return lines();
}

function sorted(lines: readonly Record<string, unknown>[]): string[] {
  return lines.map((line) => JSON.stringify(Object.entries(line).sort())).sort();
}

it('both transports write the same line for calls that end in every way', async () => {
  const theirs = await linesOver('grpc-js');
  const ours = await linesOver('native');
  // Calls of the addon itself and those of the handlers come to the log on two ways.
  expect(sorted(ours)).toEqual(sorted(theirs));
  expect(theirs.length).toBeGreaterThan(CALLS.length - 5);
  expect(theirs[0]).toMatchObject({ method: HASH_DATA, profile: 'Default', code: 'OK' });
});
