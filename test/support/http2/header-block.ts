import { STATIC_TABLE } from '../../../src/client/lean/hpack/static-table.ts';

/** A header field: `value` holds one octet a character. */
export type Field = readonly [name: string, value: string];

export interface FieldForm {
  /** Huffman-coded where the characters have short codes (RFC 7541 §5.2). */
  readonly huffman?: boolean;
  /** Whether the peer is to remember it (RFC 7541 §6.2). Default: not. */
  readonly indexing?: 'none' | 'incremental' | 'never';
  /** Names are spelt out although the static table has them. */
  readonly literalNames?: boolean;
}

/** The bytes of a header block (RFC 7541 §6). */
export function headerBlock(fields: readonly Field[], form: FieldForm = {}): Buffer {
  return Buffer.concat(fields.map((field) => literal(field, form)));
}

const PATTERNS = {
  none: { pattern: 0x00, prefix: 4 },
  incremental: { pattern: 0x40, prefix: 6 },
  never: { pattern: 0x10, prefix: 4 },
} as const;

function literal([name, value]: Field, form: FieldForm): Buffer {
  const { pattern, prefix } = PATTERNS[form.indexing ?? 'none'];
  const known =
    form.literalNames === true ? -1 : STATIC_TABLE.findIndex((row) => row.name === name);
  return Buffer.concat([
    integer(known + 1, prefix, pattern),
    known < 0 ? text(name, form) : Buffer.alloc(0),
    text(value, form),
  ]);
}

/** A field of a table by its index: 1 to 61 the static ones, 62 the newest that is remembered (RFC 7541 §2.3.3). */
export function indexed(index: number): Buffer {
  return integer(index, 7, 0x80);
}

/** From here on the sender's dynamic table has this size, in octets (RFC 7541 §6.3). */
export function tableSize(octets: number): Buffer {
  return integer(octets, 5, 0x20);
}

function text(value: string, { huffman = false }: FieldForm): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  const coded = huffman ? huffmanCoded(value) : undefined;
  return coded === undefined
    ? Buffer.concat([integer(bytes.length, 7, 0), bytes])
    : Buffer.concat([integer(coded.length, 7, 0x80), coded]);
}

/** RFC 7541 §5.1. */
function integer(value: number, prefix: number, pattern: number): Buffer {
  const mask = (1 << prefix) - 1;
  if (value < mask) return Buffer.of(pattern | value);
  const octets = [pattern | mask];
  let rest = value - mask;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) octets.push((rest % 128) | 0x80);
  octets.push(rest);
  return Buffer.from(octets);
}

/** The characters with codes of 5 to 8 bits, in the order of their codes (RFC 7541 Appendix B: a canonical code). */
const SHORT_CODES: readonly (readonly [bits: number, first: number, symbols: string])[] = [
  [5, 0, '012aceiost'],
  [6, 20, ' %-./3456789=A_bdfghlmnpru'],
  [7, 92, ':BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz'],
  [8, 248, '&*,;XZ'],
];

/** undefined: the text has a character with a longer code. */
function huffmanCoded(value: string): Buffer | undefined {
  let bits = '';
  for (const character of value) {
    const row = SHORT_CODES.find(([, , symbols]) => symbols.includes(character));
    if (row === undefined) return undefined;
    const [length, first, symbols] = row;
    bits += (first + symbols.indexOf(character)).toString(2).padStart(length, '0');
  }
  // The rest of the last octet begins the code of EOS: ones.
  const whole = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  return Buffer.from((whole.match(/.{8}/g) ?? []).map((octet) => parseInt(octet, 2)));
}
