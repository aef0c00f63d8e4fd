import { expect, it } from 'vitest';
import type { TransportName } from '../../../src/grpc/transport.ts';
import { openNative } from '../../support/providers.ts';
import { HASH_DATA } from '../support/grpc-caller.ts';
import { CALL_ENDINGS } from './support/call-endings.ts';
import { BODY, startWireBroker } from './support/wire.ts';

/** The lines of a server that got every call, without what differs from call to call. */
async function linesOver(transport: TransportName): Promise<Record<string, unknown>[]> {
  const native = await openNative();
  const { connect, log } = await startWireBroker(transport, {
    // The native core on both sides, or their words for broken documents would differ.
    ...(transport === 'grpc-js' && { provider: () => native }),
  });
  const connection = await connect();
  for (const [, request] of CALL_ENDINGS) {
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
  expect(theirs.length).toBeGreaterThan(CALL_ENDINGS.length - 5);
  expect(theirs[0]).toMatchObject({ method: HASH_DATA, profile: 'Default', code: 'OK' });
});
