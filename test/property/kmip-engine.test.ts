import { describe, expect, it } from 'vitest';
import { writeBatch } from '../../src/kmip-client/exchange.ts';
import { operations, type Operation } from '../../src/kmip-client/index.ts';
import { nameAttribute } from '../../src/kmip/attributes/build.ts';
import { createEngine } from '../../src/kmip/engine/index.ts';
import { decodeResponse } from '../../src/kmip/messages/response.ts';
import { TtlvReader } from '../../src/kmip/ttlv/reader.ts';
import { TtlvError } from '../../src/kmip/ttlv/ttlv-error.ts';
import { KMIP_VERSIONS } from '../../src/kmip/version.ts';
import { longRun } from '../support/environment.ts';
import { memoryExecutor } from '../support/kmip-memory-server.ts';

const RUNS = longRun ? 1_000_000 : 100_000;
const LIMIT = 65_536;

const CASES: readonly (readonly Operation<unknown>[])[] = [
  [operations.create({ length: 256, usageMask: 12, names: ['a', 'b'] })],
  [operations.create({ length: 128, usageMask: 12 }), operations.get(undefined)],
  [operations.get('object-1'), operations.getAttributes('object-1', ['State', 'x-Vendor'])],
  [operations.locate({ filters: [nameAttribute('a')], maximumItems: 10, offsetItems: 1 })],
  [operations.register({ kind: 'symmetric-key', material: new Uint8Array(32), usageMask: 4 })],
  [operations.register({ kind: 'secret-data', material: new Uint8Array(9), usageMask: 2 })],
  [operations.activate('object-1'), operations.revoke('object-1', { reason: 1, message: 'x' })],
  [operations.query([1, 2, 3]), operations.getAttributeList('object-1')],
];

/** Messages of every version, as our client sends them. */
const SAMPLES = KMIP_VERSIONS.flatMap((version) =>
  CASES.map((batch) =>
    Buffer.from(
      writeBatch({
        version,
        operations: batch,
        errorContinuation: 'continue',
        maximumResponseSize: LIMIT,
      }),
    ),
  ),
);

/** xorshift32: the same messages every time. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    yield state;
  }
}

const INTERESTING = [0x00, 0x01, 0x07, 0x08, 0x10, 0x42, 0x54, 0x7f, 0x80, 0xff];

/** A sample in which some bytes are changed, words exchanged or doubled, or the end is missing. */
function mutated(sample: Buffer, next: () => number): Buffer {
  let message = Buffer.from(sample);
  for (let changes = 1 + (next() % 4); changes > 0; changes -= 1) {
    // The frame around it is the session's business.
    const at = 8 + (next() % Math.max(1, message.length - 8));
    const word = at - (at % 8);
    switch (next() % 5) {
      case 0:
        message[at] = next();
        break;
      case 1:
        message[at] = INTERESTING[next() % INTERESTING.length] ?? 0;
        break;
      case 2:
        message.copy(message, word, 8 + 8 * (next() % ((message.length - 8) / 8)), word + 8);
        break;
      case 3:
        message = Buffer.concat([message.subarray(0, word), message.subarray(word - 8)]);
        break;
      default:
        message = message.subarray(0, Math.max(16, word));
    }
  }
  if (next() % 2 === 0) message.writeUInt32BE(message.length - 8, 4);
  return message;
}

describe('the message engine', () => {
  it(
    `answers ${RUNS} mutated messages, each with a response that can be read, without growing`,
    async () => {
      const faults: unknown[] = [];
      const sequence = numbers(0x2f0c_1e55);
      const next = (): number => sequence.next().value;
      let engine = newEngine(faults);
      let statuses = 0;
      let heap = 0;
      for (let run = 0; run < RUNS; run += 1) {
        // What the messages make is kept in memory: it must not look like a leak.
        if (run % 2000 === 0) engine = newEngine(faults);
        if (run === RUNS / 10) heap = process.memoryUsage().heapUsed;
        const sample = SAMPLES[next() % SAMPLES.length] ?? Buffer.alloc(0);
        const message = mutated(sample, next);
        const response = await engine.handle(message, undefined, Infinity);
        expect(response.bytes.length).toBeLessThanOrEqual(Math.max(LIMIT, 256));
        const { items } = decodeResponse(response.bytes);
        expect(items.length).toBeGreaterThan(0);
        statuses |= 1 << (items[0]?.status ?? 31);
        response.release();
      }
      expect(faults).toEqual([]);
      // Some are still good, most are not.
      expect(statuses).toBe(0b11);
      expect(process.memoryUsage().heapUsed - heap).toBeLessThan(64 * 1_048_576);
    },
    longRun ? 600_000 : 60_000,
  );
});

describe('the samples', () => {
  it('are whole messages', () => {
    for (const sample of SAMPLES) expect(TtlvReader.frame(sample, 1e6)).toBe(sample.length);
    expect(() => TtlvReader.frame(Buffer.alloc(8), 1e6)).toThrow(TtlvError);
  });
});

function newEngine(faults: unknown[]) {
  return createEngine<undefined>({
    executor: memoryExecutor(),
    clock: { now: () => 0, monotonicMs: () => 0 },
    onFault: (error) => faults.push(error),
  });
}
