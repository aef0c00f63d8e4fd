import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dumpMessage } from '../../src/kmip/dump/dump-message.ts';
import { TtlvReader } from '../../src/kmip/ttlv/reader.ts';
import { TtlvError } from '../../src/kmip/ttlv/ttlv-error.ts';
import { TYPE } from '../../src/kmip/ttlv/types.ts';
import { validate } from '../../src/kmip/ttlv/validate.ts';
import { TtlvWriter } from '../../src/kmip/ttlv/writer.ts';
import { longRun } from '../support/environment.ts';
import {
  createAndGetRequest,
  createAndGetResponse,
  everyType,
  written,
} from '../support/kmip/ttlv-samples.ts';

/** The short run is the same every time; the long one goes where none has been before. */
const runs = longRun ? { numRuns: 100_000 } : { numRuns: 2_000, seed: 1 };
const MUTATIONS = longRun ? 1_000_000 : 100_000;
const TIMEOUT = { timeout: 1_800_000 };

type Item =
  | { readonly type: typeof TYPE.structure; readonly tag: number; readonly items: readonly Item[] }
  | { readonly type: IntegerType; readonly tag: number; readonly value: number }
  | { readonly type: LongType; readonly tag: number; readonly value: bigint }
  | { readonly type: typeof TYPE.boolean; readonly tag: number; readonly value: boolean }
  | { readonly type: typeof TYPE.textString; readonly tag: number; readonly value: string }
  | { readonly type: typeof TYPE.byteString; readonly tag: number; readonly value: Uint8Array };
type IntegerType = typeof TYPE.integer | typeof TYPE.enumeration | typeof TYPE.interval;
type LongType =
  | typeof TYPE.longInteger
  | typeof TYPE.bigInteger
  | typeof TYPE.dateTime
  | typeof TYPE.dateTimeExtended;

const tag = fc.oneof(
  fc.integer({ min: 0x420000, max: 0x42ffff }),
  fc.integer({ min: 0x540000, max: 0x54ffff }),
);
const int64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const text = fc
  .string({ unit: 'grapheme', maxLength: 90 })
  .map((value) => value.replaceAll('\0', ''));

const { item } = fc.letrec<{ item: Item }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.oneof(
      fc.record({ type: fc.constant(TYPE.integer), tag, value: fc.integer() }),
      fc.record({ type: fc.constantFrom(TYPE.enumeration, TYPE.interval), tag, value: uint32 }),
      fc.record({
        type: fc.constantFrom(TYPE.longInteger, TYPE.dateTime, TYPE.dateTimeExtended),
        tag,
        value: int64,
      }),
      fc.record({ type: fc.constant(TYPE.bigInteger), tag, value: fc.bigInt() }),
      fc.record({ type: fc.constant(TYPE.boolean), tag, value: fc.boolean() }),
      fc.record({ type: fc.constant(TYPE.textString), tag, value: text }),
      fc.record({
        type: fc.constant(TYPE.byteString),
        tag,
        value: fc.uint8Array({ maxLength: 40 }),
      }),
    ),
    fc.record({
      type: fc.constant(TYPE.structure),
      tag,
      items: fc.array(tie('item'), { maxLength: 6 }),
    }),
  ),
}));

function write(writer: TtlvWriter, what: Item): void {
  switch (what.type) {
    case TYPE.structure:
      writer.begin(what.tag);
      for (const child of what.items) write(writer, child);
      writer.end();
      break;
    case TYPE.integer:
      writer.integer(what.tag, what.value);
      break;
    case TYPE.enumeration:
      writer.enumeration(what.tag, what.value);
      break;
    case TYPE.interval:
      writer.interval(what.tag, what.value);
      break;
    case TYPE.longInteger:
      writer.longInteger(what.tag, what.value);
      break;
    case TYPE.bigInteger:
      writer.bigInteger(what.tag, what.value);
      break;
    case TYPE.dateTime:
      writer.dateTime(what.tag, what.value);
      break;
    case TYPE.dateTimeExtended:
      writer.dateTimeExtended(what.tag, what.value);
      break;
    case TYPE.boolean:
      writer.boolean(what.tag, what.value);
      break;
    case TYPE.textString:
      writer.text(what.tag, what.value);
      break;
    case TYPE.byteString:
      writer.byteString(what.tag, what.value);
      break;
  }
}

/** Reads whatever stands at the cursor. */
function read(reader: TtlvReader): Item {
  const nextTag = reader.nextTag();
  const type = reader.nextType();
  switch (type) {
    case TYPE.structure: {
      const items: Item[] = [];
      reader.enter(nextTag);
      while (!reader.atEnd()) items.push(read(reader));
      reader.leave();
      return { type, tag: nextTag, items };
    }
    case TYPE.integer:
      return { type, tag: nextTag, value: reader.integer(nextTag) };
    case TYPE.enumeration:
      return { type, tag: nextTag, value: reader.enumeration(nextTag) };
    case TYPE.interval:
      return { type, tag: nextTag, value: reader.interval(nextTag) };
    case TYPE.longInteger:
      return { type, tag: nextTag, value: reader.longInteger(nextTag) };
    case TYPE.bigInteger:
      return { type, tag: nextTag, value: reader.bigInteger(nextTag) };
    case TYPE.dateTime:
      return { type, tag: nextTag, value: reader.dateTime(nextTag) };
    case TYPE.dateTimeExtended:
      return { type, tag: nextTag, value: reader.dateTimeExtended(nextTag) };
    case TYPE.boolean:
      return { type, tag: nextTag, value: reader.boolean(nextTag) };
    case TYPE.textString:
      return { type, tag: nextTag, value: reader.text(nextTag) };
    default:
      return {
        type: TYPE.byteString,
        tag: nextTag,
        value: Uint8Array.from(reader.byteString(nextTag)),
      };
  }
}

type Outcome = { readonly item: Item } | { readonly kind: string; readonly message: string };

/** What becomes of bytes: an item, or a TtlvError. Anything else that is thrown fails the test. */
function outcome(bytes: Uint8Array): Outcome {
  try {
    validate(bytes);
    return { item: read(new TtlvReader(bytes)) };
  } catch (error) {
    if (!(error instanceof TtlvError)) throw error;
    return { kind: error.kind, message: error.message };
  }
}

/** Bytes that look like TTLV more often than chance has it. */
const ttlvLike = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc
        .record({
          tag: fc.oneof(tag, fc.nat({ max: 0xffffff })),
          type: fc.nat({ max: 13 }),
          length: fc.oneof(fc.nat({ max: 40 }), uint32),
          value: fc.uint8Array({ maxLength: 24 }),
        })
        .map((parts) => {
          const bytes = Buffer.alloc(8 + parts.value.byteLength);
          bytes.writeUInt32BE(parts.tag * 256 + parts.type);
          bytes.writeUInt32BE(parts.length, 4);
          bytes.set(parts.value, 8);
          return bytes;
        }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => Uint8Array.from(Buffer.concat(parts)));

describe('TTLV', () => {
  it('reads what it wrote, and writes the same bytes again', TIMEOUT, () => {
    const writer = new TtlvWriter(8);
    fc.assert(
      fc.property(item, (wanted) => {
        writer.reset();
        write(writer, wanted);
        const bytes = Uint8Array.from(writer.finish());
        expect(bytes.byteLength % 8).toBe(0);
        const found = outcome(bytes);
        expect(found).toEqual({ item: wanted });
        const again = written((to) => {
          write(to, read(new TtlvReader(bytes)));
        });
        expect(again).toEqual(bytes);
      }),
      runs,
    );
  });

  it('goes past an item exactly as far as reading it does', TIMEOUT, () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 4 }), (items) => {
        const bytes = written((to) => {
          for (const each of items) write(to, each);
        });
        const skipping = new TtlvReader(bytes);
        const reading = new TtlvReader(bytes);
        for (const each of items) {
          const start = reading.offset;
          read(reading);
          expect(skipping.item(each.tag)).toEqual(bytes.subarray(start, reading.offset));
          expect(skipping.offset).toBe(reading.offset);
        }
        expect(skipping.atEnd()).toBe(true);
      }),
      runs,
    );
  });

  it(
    'meets bytes of any kind with an item or a TtlvError, and never looks beside them',
    TIMEOUT,
    () => {
      fc.assert(
        fc.property(ttlvLike, fc.nat({ max: 255 }), (bytes, around) => {
          const alone = outcome(bytes);
          // The same bytes within others: were one of those read, the outcome would change with them.
          const host = new Uint8Array(bytes.byteLength + 64).fill(around);
          host.set(bytes, 24);
          expect(outcome(host.subarray(24, 24 + bytes.byteLength))).toEqual(alone);
          dumpMessage(bytes);
        }),
        runs,
      );
    },
  );

  it('takes a frame from any 8 bytes only within the cap', TIMEOUT, () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.boolean(), (bytes, likely) => {
        if (likely) bytes.set([0x42, 0x00, 0x78, 0x01, 0x00]);
        try {
          const total = TtlvReader.frame(bytes, 4096);
          expect(total).toBeLessThanOrEqual(4096);
          expect(total % 8).toBe(0);
        } catch (error) {
          expect(error).toBeInstanceOf(TtlvError);
        }
      }),
      runs,
    );
  });

  it(`survives ${MUTATIONS} damaged messages, and needs no more memory for it`, TIMEOUT, () => {
    const samples = [createAndGetRequest, createAndGetResponse, everyType].map(written);
    const random = mulberry32(longRun ? Date.now() : 1);
    const seen = new Map<string, number>();
    const spell = (count: number): void => {
      for (let run = 0; run < count; run += 1) {
        const message = damaged(samples, random);
        try {
          const result = outcome(message);
          const kind = 'kind' in result ? result.kind : 'accepted';
          seen.set(kind, (seen.get(kind) ?? 0) + 1);
          // A dump costs many times the rest.
          if (run % 16 === 0) dumpMessage(message);
        } catch (error) {
          throw new Error(`at ${Buffer.from(message).toString('hex')}`, { cause: error });
        }
      }
    };
    spell(MUTATIONS / 10);
    const before = heapUsed();
    spell(MUTATIONS);
    expect(heapUsed() - before).toBeLessThan(4 * 1_048_576);
    // The damage got everywhere it can: only limits and single fields are beyond it.
    expect([...seen.keys()].sort()).toEqual(
      expect.arrayContaining([
        'accepted',
        'bad-length',
        'bad-type',
        'bad-value',
        'too-large',
        'truncated',
        'unexpected-field',
      ]),
    );
  });
});

/** One to four changes: a byte, a bit, a length, a cut, a piece taken out, doubled or put in from another message. */
function damaged(samples: readonly Uint8Array[], random: () => number): Uint8Array {
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = (): Uint8Array => samples[below(samples.length)] ?? new Uint8Array(0);
  let bytes: Uint8Array = Uint8Array.from(pick());
  for (let changes = 1 + below(4); changes > 0 && bytes.byteLength > 0; changes -= 1) {
    const at = below(bytes.byteLength);
    switch (below(7)) {
      case 0:
        bytes[at] = below(256);
        break;
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
        break;
      case 2:
        bytes.set([0, 0, below(2), below(256)].slice(0, bytes.byteLength - at), at);
        break;
      case 3:
        bytes = bytes.subarray(0, at);
        break;
      case 4:
        bytes = spliced(bytes, at, at + 8 * below(4), new Uint8Array(0));
        break;
      case 5:
        bytes = spliced(bytes, at, at, bytes.subarray(at, at + 8 * below(4)));
        break;
      default:
        bytes = spliced(bytes, at & ~7, at & ~7, pick().subarray(0, 8 * below(16)));
    }
  }
  return bytes;
}

function spliced(bytes: Uint8Array, from: number, to: number, piece: Uint8Array): Uint8Array {
  return Uint8Array.from([...bytes.subarray(0, from), ...piece, ...bytes.subarray(to)]);
}

/** A small generator with a seed, so that a failure of the short run is the same on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that are still in use after everything else has been collected. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('this runtime has no gc');
  (collect as () => void)();
  const { heapUsed: heap, arrayBuffers } = process.memoryUsage();
  return heap + arrayBuffers;
}
