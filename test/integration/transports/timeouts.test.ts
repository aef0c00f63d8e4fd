import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { HEALTH_CHECK } from '../support/grpc-caller.ts';
import { framed } from '../support/raw-http2.ts';
import { TRANSPORTS } from '../support/transports.ts';
import { callsOver, headers, isAnswered } from './support/calls.ts';
import { BODY, requestFrames, startWireBroker, usualBlock } from './support/wire.ts';

/** RFC 9113 §7. */
const CANCEL = 8;

describe.each(TRANSPORTS)('over %s:', (transport) => {
  const { callAll, exchangeAll } = callsOver(transport);

  describe('grpc-timeout', () => {
    it('may have every unit and up to eight digits', async () => {
      const right = ['1H', '596H', '597H', '99999999H', '35792M', '1S', '9999999S', '2147484S'];
      await callAll(
        [...right, '1000m', '99999999u', '99999999n'].map((timeout) => [
          timeout,
          headers({ 'grpc-timeout': timeout }),
        ]),
        isAnswered,
      );
    });

    it('is refused in every other form', async () => {
      const wrong = ['', '1', 'S', '-1S', '+1S', '1.5S', '1s', '1h', '1 S', '123456789S', '1SS'];
      await callAll(
        [...wrong, '1S,1S', '0x1S', '\u00bdS', '1\u00b5'].map((timeout) => [
          timeout,
          headers({ 'grpc-timeout': timeout }),
        ]),
        (outcome, timeout) => {
          expect(outcome, timeout).toMatchObject({
            status: status.INVALID_ARGUMENT,
            code: 'INPUT_INVALID',
            message: 'grpc-timeout:%20is%20not%20a%20timeout',
          });
        },
      );
      await exchangeAll(
        [
          [
            'twice',
            (s) => [
              requestFrames(
                s,
                usualBlock([
                  ['grpc-timeout', '1S'],
                  ['grpc-timeout', '1S'],
                ]),
              ),
            ],
          ],
        ],
        (outcome) => {
          expect(outcome).toMatchObject({ status: status.INVALID_ARGUMENT, code: 'INPUT_INVALID' });
        },
      );
    });

    it('ends a call whose request does not become whole', async () => {
      const { connect, log } = await startWireBroker(transport);
      const connection = await connect();
      const headers = { 'grpc-timeout': '40m' };
      for (const body of [Buffer.alloc(0), BODY.subarray(0, 4), BODY.subarray(0, 7)]) {
        const stream = connection.start({ headers, body, end: false });
        expect(await connection.outcome(stream)).toMatchObject({
          status: status.DEADLINE_EXCEEDED,
          code: 'DEADLINE_EXCEEDED',
          message: 'Deadline%20exceeded',
        });
        // grpc-js has no record of a call before its caller has ended the stream, too.
        connection.reset(stream, CANCEL);
      }
      isAnswered(await connection.call({ body: BODY }), 'afterwards');
      await expect
        .poll(() => log.lines().filter(({ code }) => code === 'DEADLINE_EXCEEDED').length)
        .toBe(3);
    });

    it('ends a stream of answers', async () => {
      const { connect } = await startWireBroker(transport);
      const connection = await connect();
      const watch = connection.start({
        path: '/grpc.health.v1.Health/Watch',
        headers: { 'grpc-timeout': '60m' },
        body: framed(Buffer.alloc(0)),
      });
      expect(await connection.outcome(watch)).toMatchObject({
        status: status.DEADLINE_EXCEEDED,
        code: 'DEADLINE_EXCEEDED',
        reply: Buffer.of(0x08, 1),
      });
      isAnswered(await connection.call({ body: BODY }), 'afterwards');
    });

    it('of no time at all does not upset anybody', async () => {
      await callAll(
        ['0H', '0n', '00000000S', '1n', '1u', '1m'].map((timeout) => [
          timeout,
          {
            ...headers({ 'grpc-timeout': timeout }),
            path: HEALTH_CHECK,
            body: framed(Buffer.alloc(0)),
          },
        ]),
        (outcome, name) => {
          expect([status.OK, status.DEADLINE_EXCEEDED], name).toContain(outcome.status);
        },
      );
    });
  });
});
