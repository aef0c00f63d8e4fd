import { describe, expect, it } from 'vitest';
import { MessageAssembler } from '../../../../src/kmip/framing/message-assembler.ts';

const MAX = 4096;
const assembler = (): MessageAssembler =>
  new MessageAssembler({ maxMessage: MAX, side: 'request' });

/** A request message with a body of `length` bytes of the value `fill`. */
function message(length: number, fill = 0xab): Buffer {
  const bytes = Buffer.alloc(8 + length, fill);
  bytes.writeUInt32BE(0x42007801, 0);
  bytes.writeUInt32BE(length, 4);
  return bytes;
}

/** Buffers compare with the buffers of `message`; they are views of the same bytes. */
function push(whole: MessageAssembler, chunk: Uint8Array): Buffer[] {
  return whole
    .push(chunk)
    .map((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

describe('MessageAssembler', () => {
  it('returns a message that came in one piece as a view, without a copy', () => {
    const chunk = message(16);
    const [found] = push(assembler(), chunk);
    expect(found).toEqual(message(16));
    expect(found?.buffer).toBe(chunk.buffer);
  });

  it('returns all messages of a chunk in order, and keeps the start of the next', () => {
    const whole = assembler();
    const chunk = Buffer.concat([
      message(8, 1),
      message(0),
      message(24, 2),
      message(16, 3).subarray(0, 11),
    ]);
    expect(push(whole, chunk)).toEqual([message(8, 1), message(0), message(24, 2)]);
    expect(whole.phase).toBe('body');
    expect(whole.unfinishedBytes).toBe(11);
    expect(push(whole, message(16, 3).subarray(11))).toEqual([message(16, 3)]);
    expect(whole.phase).toBe('between');
  });

  it('puts messages together from single bytes', () => {
    const whole = assembler();
    const stream = Buffer.concat([message(16, 1), message(1000, 2)]);
    const phases = new Set<string>();
    const found = [...stream].flatMap((byte) => {
      const messages = push(whole, Buffer.from([byte]));
      phases.add(whole.phase);
      return [...messages];
    });
    expect(found).toEqual([message(16, 1), message(1000, 2)]);
    expect([...phases].sort()).toEqual(['between', 'body', 'header']);
  });

  it('cuts any stream at any place into the same messages', () => {
    const stream = Buffer.concat([message(8, 1), message(32, 2), message(0), message(40, 3)]);
    for (let first = 0; first <= stream.length; first += 1) {
      for (let second = first; second <= stream.length; second += 7) {
        const whole = assembler();
        const found = [
          [0, first],
          [first, second],
          [second, stream.length],
        ].flatMap(([start, end]) => [...push(whole, Buffer.from(stream.subarray(start, end)))]);
        expect(found).toEqual([message(8, 1), message(32, 2), message(0), message(40, 3)]);
      }
    }
  });

  it('leaves no second copy of a message in the chunks it came in', () => {
    const whole = assembler();
    const secret = message(64, 0x5e);
    const chunks = [secret.subarray(0, 20), secret.subarray(20, 50), secret.subarray(50)].map(
      (part) => Buffer.from(part),
    );
    const found = chunks.flatMap((chunk) => [...push(whole, chunk)]);
    expect(found).toEqual([secret]);
    for (const chunk of chunks) expect(chunk).toEqual(Buffer.alloc(chunk.length));
  });

  it('allocates for the bytes that came, not for the length that was declared', () => {
    // Made before the measurement: when a garbage collector takes large messages away is its own affair.
    const start = Uint8Array.from(message(1_048_560).subarray(0, 9));
    const before = process.memoryUsage().arrayBuffers;
    const waiting = Array.from({ length: 1000 }, () => {
      const one = new MessageAssembler({ maxMessage: 1_048_576, side: 'request' });
      push(one, Uint8Array.from(start));
      return one;
    });
    // A copy of the message for each assembler would be a gigabyte.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1_048_576);
    expect(waiting.every(({ unfinishedBytes }) => unfinishedBytes === 9)).toBe(true);
  });

  it.each([
    ['a declared length of 4 GiB', 'ffffffff', 'bad-length'],
    ['a declared length of 4 GiB that is a multiple of 8', 'fffffff8', 'too-large'],
    ['a length just above the limit', '00000ff8', 'none'],
    ['one more group of eight', '00001000', 'too-large'],
    ['a length that is not a multiple of 8', '0000000c', 'bad-length'],
  ])('decides about %s from the first 8 bytes', (_, length, kind) => {
    const whole = assembler();
    expect(push(whole, Buffer.from(`42007801${length}`, 'hex'))).toEqual([]);
    expect(whole.problem?.kind ?? 'none').toBe(kind);
  });

  it('refuses what is not a request message, and drops everything after it', () => {
    const whole = assembler();
    const later = message(8);
    const chunk = Buffer.concat([message(8, 1), Buffer.from('GET / HTTP/1.1\r\n\r\n')]);
    expect(push(whole, chunk)).toEqual([message(8, 1)]);
    expect(whole.problem?.kind).toBe('unexpected-field');
    expect(push(whole, later)).toEqual([]);
    expect(later).toEqual(Buffer.alloc(16));
    expect(whole.unfinishedBytes).toBe(0);
  });

  it('takes responses on the side of a client only', () => {
    const response = message(8);
    response[2] = 0x7b;
    expect(
      push(new MessageAssembler({ maxMessage: MAX, side: 'response' }), Buffer.from(response)),
    ).toEqual([response]);
    const server = assembler();
    expect(push(server, response)).toEqual([]);
    expect(server.problem?.kind).toBe('unexpected-field');
  });

  it('overwrites an unfinished message that is dropped', () => {
    const whole = assembler();
    push(whole, message(64, 0x5e).subarray(0, 40));
    whole.wipe();
    expect(whole.unfinishedBytes).toBe(0);
    expect(push(whole, message(8))).toEqual([message(8)]);
  });
});
