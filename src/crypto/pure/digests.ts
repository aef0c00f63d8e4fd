import { createHash, hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { BrokerError } from '../../errors/index.ts';
import { DIGESTS, type DigestAlgorithm, type DigestName } from '../algorithms.ts';
import type { Digests } from '../provider.ts';

/** A row of the algorithm table with the name OpenSSL knows it by. */
interface NodeDigest extends DigestAlgorithm {
  readonly nodeName: string;
  /** SHAKE has no length of its own: OpenSSL 3.4 and later refuse to guess one. */
  readonly lengthOption: { readonly outputLength?: number };
}

const table = new Map<string, NodeDigest>(
  DIGESTS.map((row) => [
    row.name,
    {
      ...row,
      nodeName: nodeName(row.name),
      lengthOption: row.name.startsWith('shake') ? { outputLength: row.outputLength } : {},
    },
  ]),
);

/** `sha-512/256` is `sha512-256` to node:crypto; `sha3-256` keeps its name. */
function nodeName(name: DigestName): string {
  return name.replace(/^(sha|shake)-/, '$1').replace('/', '-');
}

function lookUp(name: DigestName): NodeDigest {
  const row = table.get(name);
  if (row === undefined) {
    throw new BrokerError('ALGORITHM_UNSUPPORTED', 'not a digest of the table', {
      field: 'algorithm',
    });
  }
  return row;
}

function digestOf(row: NodeDigest, input: Uint8Array): Buffer {
  return hash(row.nodeName, input, { ...row.lengthOption, outputEncoding: 'buffer' });
}

/** Slice hashed between two turns of the event loop: 50 to 250 us of work. */
const SLICE = 64 * 1024;

/**
 * The digests of the algorithm table over node:crypto. node:crypto hashes on the calling thread only, so `async` above
 * the threshold hashes in slices and lets the event loop turn between them.
 */
export const pureDigests: Digests = {
  hex(algorithm, input) {
    const row = lookUp(algorithm);
    return hash(row.nodeName, input, { ...row.lengthOption, outputEncoding: 'hex' });
  },

  into(algorithm, input, output, offset = 0) {
    const row = lookUp(algorithm);
    requireRoom(output, offset, row.outputLength, 'the digest does not fit');
    output.set(digestOf(row, input), offset);
    return row.outputLength;
  },

  batch(algorithm, inputs, offsets, output) {
    const row = lookUp(algorithm);
    const count = countInputs(offsets, inputs.length);
    requireRoom(output, 0, count * row.outputLength, 'the digests do not fit');
    for (let i = 0; i < count; i++) {
      output.set(digestOf(row, inputs.subarray(offsets[i], offsets[i + 1])), i * row.outputLength);
    }
    return count;
  },

  async async(algorithm, input) {
    const row = lookUp(algorithm);
    if (input.length <= row.asyncAbove) return digestOf(row, input);
    // The caller may reuse its buffer as soon as this call returns its promise.
    const copy = Uint8Array.from(input);
    const state = createHash(row.nodeName, row.lengthOption);
    for (let start = 0; start < copy.length; start += SLICE) {
      state.update(copy.subarray(start, start + SLICE));
      await nextTurn();
    }
    return state.digest();
  },
};

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
