/** Writes DER by hand, for requests and certificates that no well-behaved tool would make. */

export function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.of(tag), derLength(content.length), content]);
}

export const sequence = (...items: readonly Uint8Array[]): Buffer => element(0x30, ...items);
export const set = (...items: readonly Uint8Array[]): Buffer => element(0x31, ...items);
const utf8String = (text: string): Buffer => element(0x0c, Buffer.from(text));
export const utcTime = (text: string): Buffer => element(0x17, Buffer.from(text));
export const octetString = (...contents: readonly Uint8Array[]): Buffer =>
  element(0x04, ...contents);
export const derNull = (): Buffer => element(0x05);

/** An unsigned integer, given big-endian. */
export function integer(bytes: Uint8Array): Buffer {
  const padding = (bytes[0] ?? 0) >= 0x80 ? Buffer.of(0) : Buffer.alloc(0);
  return element(0x02, padding, bytes);
}

/** A BIT STRING of whole octets. */
export const bitString = (bytes: Uint8Array): Buffer => element(0x03, Buffer.of(0), bytes);

/** Dotted decimal, e.g. `1.2.840.113549.1.1.1`. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...arcs] = dotted.split('.').map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...arcs.flatMap(base128)]));
}

/** A name of one common name. */
export function commonName(value: string): Buffer {
  return sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(value))));
}

function base128(arc: number): number[] {
  const digits = [arc & 0x7f];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) {
    digits.unshift((rest & 0x7f) | 0x80);
  }
  return digits;
}

function derLength(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest & 0xff);
  return Buffer.of(0x80 | octets.length, ...octets);
}
