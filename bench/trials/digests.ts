import { createHash } from 'node:crypto';

import { DIGESTS, type DigestAlgorithm, type DigestName } from '../../src/crypto/algorithms.ts';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import type { DriverName, Expectation, Operation, Trial } from './trial.ts';

const KIB = 1024;

/** Sizes hashed on the calling thread, as hexadecimal: what a HashData request costs. */
const SHORT = [
  { label: '16 B', bytes: 16 },
  { label: '64 B', bytes: 64 },
  { label: '1 KiB', bytes: KIB },
];
/** Sizes that go through the asynchronous call, one at a time and with more in flight than there are cores. */
const LONG = [
  { label: '64 KiB', bytes: 64 * KIB },
  { label: '1 MiB', bytes: KIB * KIB },
];
const IN_FLIGHT = [
  { label: 'one at a time', count: 1 },
  { label: '10 in flight', count: 10 },
];
const BATCH = 64;
/** Milliseconds. */
const WARM_UP = 200;

/** Digests for which plain node:crypto calls are shown too: one of each construction and block size. */
const IN_CONTEXT: readonly DigestName[] = ['sha-256', 'sha-512', 'sha3-256'];

/** Twice as fast as the pure provider wherever the call, not the hashing, is the cost. */
const SHORT_RATIO = 2;
/** Nanoseconds, of the native provider in FIPS mode. */
const AT_MOST: Readonly<Record<string, number>> = { 'sha-256 64 B hex': 230 };

export const digestTrials: readonly Trial[] = DIGESTS.flatMap((digest) => [
  ...SHORT.map(({ label, bytes }) => hexTrial(digest, label, bytes)),
  ...(digest.name === 'sha-256' ? [intoTrial(digest), batchTrial(digest)] : []),
  ...LONG.flatMap(({ label, bytes }) =>
    IN_FLIGHT.map((flight) => asyncTrial(digest, label, bytes, flight)),
  ),
]);

type NamedDigest = (typeof DIGESTS)[number];

function hexTrial(digest: NamedDigest, label: string, bytes: number): Trial {
  const name = `${digest.name} ${label} hex`;
  const inContext = IN_CONTEXT.includes(digest.name) && bytes !== 16;
  return {
    group: 'digests',
    name,
    unit: 'ns',
    drivers: ['native', 'pure', ...(inContext ? (['createHash', 'crypto.hash'] as const) : [])],
    expected: expectation({
      ...(bytes <= 64 ? { ratio: SHORT_RATIO } : {}),
      ...(AT_MOST[name] === undefined ? {} : { atMost: AT_MOST[name] }),
    }),
    quick: bytes === 64 && inContext,
    warmUp: WARM_UP,
    prepare({ digests }) {
      const input = patterned(bytes);
      requireEqual(digests.hex(digest.name, input), oracle(digest, input).toString('hex'));
      return sync(() => digests.hex(digest.name, input));
    },
  };
}

/** The form without a new string or buffer: what a caller with a buffer of its own pays. */
function intoTrial(digest: NamedDigest): Trial {
  return {
    group: 'digests',
    name: `${digest.name} 64 B into a buffer`,
    unit: 'ns',
    drivers: ['native', 'pure'],
    expected: {},
    quick: false,
    warmUp: WARM_UP,
    prepare({ digests }) {
      const input = patterned(64);
      const output = Buffer.alloc(digest.outputLength);
      digests.into(digest.name, input, output);
      requireEqual(output.toString('hex'), oracle(digest, input).toString('hex'));
      return sync(() => digests.into(digest.name, input, output));
    },
  };
}

/** Many inputs a call: the boundary between the languages all but vanishes. */
function batchTrial(digest: NamedDigest): Trial {
  return {
    group: 'digests',
    name: `${digest.name} 64 B in batches of ${BATCH}`,
    unit: 'ns',
    drivers: ['native', 'pure'],
    expected: {},
    quick: false,
    warmUp: WARM_UP,
    prepare({ digests }) {
      const inputs = patterned(64 * BATCH);
      const offsets = Uint32Array.from({ length: BATCH + 1 }, (_, i) => 64 * i);
      const output = Buffer.alloc(digest.outputLength * BATCH);
      digests.batch(digest.name, inputs, offsets, output);
      requireEqual(
        output.subarray(-digest.outputLength).toString('hex'),
        oracle(digest, inputs.subarray(-64)).toString('hex'),
      );
      return sync(() => digests.batch(digest.name, inputs, offsets, output), BATCH);
    },
  };
}

function asyncTrial(
  digest: NamedDigest,
  label: string,
  bytes: number,
  flight: (typeof IN_FLIGHT)[number],
): Trial {
  return {
    group: 'digests',
    name: `${digest.name} ${label} async, ${flight.label}`,
    unit: 'us',
    drivers: ['native', 'pure'],
    expected: {},
    quick: digest.name === 'sha-256' && bytes === KIB * KIB,
    warmUp: WARM_UP,
    async prepare({ digests }: CryptoProvider): Promise<Operation> {
      const input = patterned(bytes);
      const result = Buffer.from(await digests.async(digest.name, input));
      requireEqual(result.toString('hex'), oracle(digest, input).toString('hex'));
      return {
        mode: 'async',
        inFlight: flight.count,
        run: () => digests.async(digest.name, input),
      };
    },
  };
}

function expectation(native: Expectation): Partial<Record<DriverName, Expectation>> {
  return Object.keys(native).length === 0 ? {} : { native };
}

function sync(run: () => unknown, operations = 1): Operation {
  return { mode: 'sync', operations, run };
}

/** Bytes that are neither all equal nor different from run to run. */
function patterned(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 167 + 13) & 0xff));
}

/** The digest by node:crypto's streaming interface, which no driver's measured path shares. */
function oracle(digest: DigestAlgorithm, input: Uint8Array): Buffer {
  const name = digest.name.replace(/^(sha|shake)-/, '$1').replace('/', '-');
  const options = name.startsWith('shake') ? { outputLength: digest.outputLength } : {};
  return createHash(name, options).update(input).digest();
}

function requireEqual(actual: string, expected: string): void {
  if (actual !== expected) throw new Error(`wrong digest ${actual}, expected ${expected}`);
}
