import { createHash, hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { BrokerError } from '../../errors/index.ts';
import { digest, type DigestName } from '../algorithms.ts';
import type { Digests } from '../provider.ts';

/** What node:crypto wants to be told about a digest. SHAKE has no length of its own: OpenSSL refuses to guess one. */
interface NodeDigest {
  readonly name: string;
  readonly length: { readonly outputLength?: number };
}

const plain = (name: string): NodeDigest => ({ name, length: {} });
const extendable = (name: string, outputLength: number): NodeDigest => ({
  name,
  length: { outputLength },
});

const NODE_DIGESTS: Readonly<Record<DigestName, NodeDigest>> = {
  'sha-256': plain('sha256'),
  'sha-384': plain('sha384'),
  'sha-512': plain('sha512'),
  'sha-512/256': plain('sha512-256'),
  'sha3-256': plain('sha3-256'),
  'sha3-384': plain('sha3-384'),
  'sha3-512': plain('sha3-512'),
  'shake-128': extendable('shake128', 16),
  'shake-256': extendable('shake256', 32),
};

/** Slice hashed between two turns of the event loop: 50 to 250 us of work. */
const SLICE = 64 * 1024;

/**
 * The digests of the algorithm table over node:crypto. node:crypto hashes on the calling thread only, so `async` above
 * the threshold hashes in slices and lets the event loop turn between them.
 */
export const pureDigests: Digests = {
  hex(algorithm, input) {
    digest(algorithm); // refuses what is not in the table
    const { name, length } = NODE_DIGESTS[algorithm];
    return hash(name, input, { ...length, outputEncoding: 'hex' });
  },

  into(algorithm, input, output, offset = 0) {
    const { outputLength } = digest(algorithm);
    requireRoom(output, offset, outputLength, 'the digest does not fit');
    output.set(digestOf(algorithm, input), offset);
    return outputLength;
  },

  batch(algorithm, inputs, offsets, output) {
    const { outputLength } = digest(algorithm);
    const count = countInputs(offsets, inputs.length);
    requireRoom(output, 0, count * outputLength, 'the digests do not fit');
    for (let i = 0; i < count; i++) {
      const input = inputs.subarray(offsets[i], offsets[i + 1]);
      output.set(digestOf(algorithm, input), i * outputLength);
    }
    return count;
  },

  async async(algorithm, input) {
    if (input.length <= digest(algorithm).asyncAbove) return digestOf(algorithm, input);
    // The caller may reuse its buffer as soon as this call returns its promise.
    const copy = Uint8Array.from(input);
    const { name, length } = NODE_DIGESTS[algorithm];
    const state = createHash(name, length);
    for (let start = 0; start < copy.length; start += SLICE) {
      state.update(copy.subarray(start, start + SLICE));
      await nextTurn();
    }
    return state.digest();
  },
};

function digestOf(algorithm: DigestName, input: Uint8Array): Buffer {
  const { name, length } = NODE_DIGESTS[algorithm];
  return hash(name, input, { ...length, outputEncoding: 'buffer' });
}

function requireRoom(output: Uint8Array, offset: number, length: number, message: string): void {
  if (!Number.isInteger(offset) || offset < 0 || offset + length > output.length) {
    throw new BrokerError('OUTPUT_TOO_SMALL', message, { field: 'output' });
  }
}

/** How many inputs the offsets delimit: they may not fall from one to the next, nor leave `inputs`. */
function countInputs(offsets: Uint32Array, inputsLength: number): number {
  if (offsets.length === 0) invalidOffsets('needs at least one offset');
  let previous = 0;
  for (const offset of offsets) {
    if (offset < previous || offset > inputsLength) {
      invalidOffsets('offsets must not fall or leave the inputs');
    }
    previous = offset;
  }
  return offsets.length - 1;
}

function invalidOffsets(message: string): never {
  throw new BrokerError('INPUT_INVALID', message, { field: 'offsets' });
}
