import { hash, type HashOptions } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createHash } from 'node:crypto';

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
    throw new BrokerError('ALGORITHM_UNSUPPORTED', 'unknown digest');
  }
  return row;
}

function digestOf(row: NodeDigest, input: Uint8Array): Buffer {
  const options: HashOptions & { outputEncoding: 'buffer' } = {
    ...row.lengthOption,
    outputEncoding: 'buffer',
  };
  return hash(row.nodeName, input, options);
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
    requireRoom(output, offset, row.outputLength);
    output.set(digestOf(row, input), offset);
    return row.outputLength;
  },

  batch(algorithm, inputs, offsets, output) {
    const row = lookUp(algorithm);
    const count = requireOffsets(offsets, inputs.length);
    requireRoom(output, 0, count * row.outputLength);
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

function requireRoom(output: Uint8Array, offset: number, length: number): void {
  if (!Number.isInteger(offset) || offset < 0 || offset + length > output.length) {
    throw new BrokerError('OUTPUT_TOO_SMALL', `the output needs ${length} bytes`);
  }
}

/** Offsets rise from input to input and stay inside `inputs`; returns how many inputs they delimit. */
function requireOffsets(offsets: Uint32Array, inputLength: number): number {
  const rises = offsets.every((offset, i) => i === 0 || offset >= (offsets[i - 1] ?? 0));
  if (offsets.length === 0 || !rises || (offsets.at(-1) ?? 0) > inputLength) {
    throw new BrokerError('INPUT_INVALID', 'offsets must rise and stay inside the input');
  }
  return offsets.length - 1;
}
