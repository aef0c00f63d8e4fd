import { describe, expect, it } from 'vitest';
import { AttributeSet } from '../../../../src/kmip/attributes/attribute-set.ts';
import { get } from '../../../../src/kmip/payloads/get.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { engineWith, request, success, type Execute } from './support.ts';

const CANARY = Buffer.from('c0ffee00c0ffee11c0ffee22c0ffee33', 'hex');

/** Answers Get with the canary as key, written into the message itself. */
const giveKey: Execute = () => ({
  kind: 'success',
  writePayload: (writer) => {
    get.encodeResponse(
      writer,
      {
        uid: 'a',
        object: {
          kind: 'symmetric-key',
          keyBlock: {
            keyFormatType: 1,
            attributes: AttributeSet.empty,
            cryptographicAlgorithm: 3,
            cryptographicLength: 128,
            keyMaterial: {
              length: CANARY.length,
              writeTo: (target, offset) => {
                target.set(CANARY, offset);
              },
            },
          },
        },
      },
      14,
    );
  },
});

describe('a response with key material', () => {
  it('says so, and holds the key nowhere once it is released', async () => {
    const engine = engineWith(giveKey);
    const response = await engine.handle(request(14, [{}]), 'session', 1000);
    const memory = Buffer.from(response.bytes.buffer);
    expect(response.secret).toBe(true);
    expect(memory.includes(CANARY)).toBe(true);
    response.release();
    expect(memory.includes(CANARY)).toBe(false);
  });

  it('leaves no key behind when its buffer has to grow', async () => {
    const buffers = new Set<ArrayBufferLike>();
    const engine = engineWith((item, context) => {
      const result = giveKey(item, context);
      return {
        kind: 'success',
        writePayload: (writer) => {
          if (!('writePayload' in result)) return;
          result.writePayload(writer);
          buffers.add(writer.buffer.buffer);
          // Another item of a batch would do the same.
          if (context.index === 1) writer.rewind(writer.length);
        },
      };
    });
    const items = Array.from({ length: 40 }, () => ({}));
    const response = await engine.handle(request(14, items), 'session', 1000);
    buffers.add(response.bytes.buffer);
    expect(buffers.size).toBeGreaterThan(1);
    response.release();
    for (const buffer of buffers) expect(Buffer.from(buffer).includes(CANARY)).toBe(false);
  });

  it('is not what a response without keys is called', async () => {
    const engine = engineWith(() => success('a'));
    const response = await engine.handle(request(14, [{}]), 'session', 1000);
    expect(response.secret).toBe(false);
    response.release();
  });

  it('is wiped even if the message fails after it was written', async () => {
    let memory: Buffer = Buffer.alloc(0);
    const engine = engineWith((item, context) => {
      if (context.index === 0) return giveKey(item, context);
      return {
        kind: 'success',
        writePayload: (writer) => {
          memory = Buffer.from(writer.buffer.buffer);
          // A structure that is never ended: a fault of ours that only shows at the end of the message.
          writer.begin(TAG.data);
        },
      };
    });
    const response = await engine.handle(request(14, [{}, {}]), 'session', 1000);
    expect(engine.faults).toHaveLength(1);
    expect(memory.includes(CANARY)).toBe(false);
    response.release();
  });
});

describe('buffers', () => {
  it('are used again after release, and never while a response is held', async () => {
    const engine = engineWith(() => success('a'));
    const first = await engine.handle(request(14, [{}]), 'session', 1000);
    const second = await engine.handle(request(14, [{}]), 'session', 1000);
    expect(second.bytes.buffer).not.toBe(first.bytes.buffer);
    first.release();
    const third = await engine.handle(request(14, [{}]), 'session', 1000);
    expect(third.bytes.buffer).toBe(first.bytes.buffer);
  });

  it('cannot be given back twice', async () => {
    const engine = engineWith(() => success('a'));
    const response = await engine.handle(request(14, [{}]), 'session', 1000);
    response.release();
    expect(() => {
      response.release();
    }).toThrow(RangeError);
  });
});
