import { describe, expect, it } from 'vitest';
import { DEFAULT_ENGINE_LIMITS } from '../../../../src/kmip/engine/index.ts';
import { KmipFailure } from '../../../../src/kmip/failure.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { answerTo, engineWith, request, success, type Execute } from './support.ts';

const FAILED = 1;
const TOO_LARGE = 0x02;

/** Answers with a payload of exactly `length` bytes. */
function payloadOf(length: number): Execute {
  return () => ({
    kind: 'success',
    writePayload: (writer) => {
      writer.begin(TAG.responsePayload);
      if (length > 8) writer.byteString(TAG.data, new Uint8Array(length - 16));
      writer.end();
    },
  });
}

describe('Maximum Response Size', () => {
  it('gives an operation exactly the room there is', async () => {
    for (const items of [1, 2, 3]) {
      for (const maximumResponseSize of [600, 1024, 8192]) {
        const engine = engineWith((item, context) =>
          payloadOf(context.payloadRoom - (context.payloadRoom % 8))(item, context),
        );
        const batch = request(14, Array(items).fill({ itemId: Buffer.alloc(5) }), {
          maximumResponseSize,
        });
        const response = await engine.handle(batch, 'session', 1000);
        expect(response.bytes.length).toBeLessThanOrEqual(maximumResponseSize);
        // The first item takes all there is, and the next can still say that it failed.
        if (items === 1) expect(response.bytes.length).toBe(maximumResponseSize);
        response.release();
      }
    }
  });

  it('turns an answer that does not fit into Response Too Large, and nothing of it is left', async () => {
    const engine = engineWith((item, context) => payloadOf(context.payloadRoom + 8)(item, context));
    const answer = await answerTo(engine, request(14, [{}], { maximumResponseSize: 512 }));
    expect(answer.items).toEqual([
      { operation: 18, status: FAILED, reason: TOO_LARGE, message: 'the response is too large' },
    ]);
  });

  it('keeps an operation from being run that could say nothing', async () => {
    const engine = engineWith((item, context) => payloadOf(context.payloadRoom)(item, context));
    const answer = await answerTo(engine, request(14, [{}, {}, {}], { maximumResponseSize: 640 }));
    expect(answer.items.map(({ status, reason }) => [status, reason])).toEqual([
      [0, undefined],
      [FAILED, TOO_LARGE],
    ]);
    expect(engine.executed).toHaveLength(1);
  });

  it('that does not hold even failures fails the message before anything is run', async () => {
    for (const [items, errorContinuation] of [
      [1, 'stop'],
      [8, 'continue'],
    ] as const) {
      const engine = engineWith(() => success('a'));
      const message = request(14, Array(items).fill({}), {
        errorContinuation,
        maximumResponseSize: 160,
      });
      const answer = await answerTo(engine, message);
      expect(answer.items).toEqual([
        { status: FAILED, reason: TOO_LARGE, message: 'the response is too large' },
      ]);
      expect(engine.executed).toEqual([]);
    }
  });

  it('never makes a response larger than asked for, once something was run', async () => {
    const texts = ['no', 'x'.repeat(256)];
    for (let maximumResponseSize = 8; maximumResponseSize < 1200; maximumResponseSize += 24) {
      for (const errorContinuation of ['stop', 'continue'] as const) {
        const engine = engineWith((item, context) => {
          if (context.index % 3 === 2) {
            throw new KmipFailure('permissionDenied', texts[context.index % 2] ?? '');
          }
          return payloadOf(8 * (context.index % 20) + 8)(item, context);
        });
        const batch = request(14, Array(7).fill({ itemId: Buffer.from('id') }), {
          errorContinuation,
          maximumResponseSize,
        });
        const response = await engine.handle(batch, 'session', 1000);
        if (engine.executed.length > 0) {
          expect(response.bytes.length).toBeLessThanOrEqual(maximumResponseSize);
        }
        response.release();
        expect(engine.faults).toEqual([]);
      }
    }
  });

  it('of zero is no limit', async () => {
    const engine = engineWith(() => success('a'));
    const answer = await answerTo(engine, request(14, [{}], { maximumResponseSize: 0 }));
    expect(answer.items).toMatchObject([{ status: 0 }]);
  });

  it('of the server holds for clients that name none', async () => {
    const engine = engineWith(payloadOf(1024), {
      limits: { ...DEFAULT_ENGINE_LIMITS, responseLength: 512 },
    });
    const answer = await answerTo(engine, request(14, [{}]));
    expect(answer.items).toMatchObject([{ status: FAILED, reason: TOO_LARGE }]);
  });
});
