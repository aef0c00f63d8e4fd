import { ProtocolError } from '../../http2/protocol-error.ts';

/**
 * Length in bits of the code of each octet, and of EOS (256), from RFC 7541 Appendix B. The lengths say it all: the code
 * is canonical, that is, codes of one length count upwards in the order of their symbols, and longer ones go on after
 * shorter ones.
 */
// prettier-ignore
const CODE_LENGTHS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7,
  7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21,
  23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24,
  21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];
const EOS = 256;
const LONGEST = 30;

/** For each length: the first code of that length, how many there are, and where their symbols begin in SYMBOLS. */
const FIRST_CODE = new Uint32Array(LONGEST + 1);
const CODE_COUNT = new Uint32Array(LONGEST + 1);
const FIRST_SYMBOL = new Uint32Array(LONGEST + 1);
const SYMBOLS = new Uint16Array(
  CODE_LENGTHS.map((length, symbol) => ({ length, symbol }))
    .sort((a, b) => a.length - b.length || a.symbol - b.symbol)
    .map(({ symbol }) => symbol),
);
for (const length of CODE_LENGTHS) CODE_COUNT[length] = at(CODE_COUNT, length) + 1;
for (let length = 1; length <= LONGEST; length += 1) {
  FIRST_CODE[length] = (at(FIRST_CODE, length - 1) + at(CODE_COUNT, length - 1)) << 1;
  FIRST_SYMBOL[length] = at(FIRST_SYMBOL, length - 1) + at(CODE_COUNT, length - 1);
}

/**
 * The text of a Huffman-coded string (RFC 7541 §5.2) in bytes[start, end). COMPRESSION_ERROR for padding of more than 7
 * bits or of other bits than ones, and for a string that contains EOS.
 */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string {
  // The shortest code has 5 bits.
  const out = Buffer.allocUnsafe(Math.floor(((end - start) * 8) / 5));
  let length = 0;
  let code = 0;
  let bits = 0;
  for (let index = start; index < end; index += 1) {
    const octet = at(bytes, index);
    for (let shift = 7; shift >= 0; shift -= 1) {
      code = (code << 1) | ((octet >>> shift) & 1);
      bits += 1;
      const offset = code - at(FIRST_CODE, bits);
      // Every sequence of LONGEST bits begins with a code.
      if (offset >= at(CODE_COUNT, bits)) continue;
      const symbol = at(SYMBOLS, at(FIRST_SYMBOL, bits) + offset);
      if (symbol === EOS) throw malformed('the end of string inside of a string');
      out[length] = symbol;
      length += 1;
      code = 0;
      bits = 0;
    }
  }
  if (bits > 7 || code !== (1 << bits) - 1) throw malformed('wrong padding');
  return out.toString('latin1', 0, length);
}

function malformed(what: string): ProtocolError {
  return new ProtocolError('COMPRESSION_ERROR', `Huffman-coded string: ${what}`);
}

/** An element of an array that is known to be long enough. */
function at(array: Uint8Array | Uint16Array | Uint32Array, index: number): number {
  return array[index] ?? 0;
}
