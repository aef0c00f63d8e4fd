/** One or two bytes, over and over: worth a token of its own. */
const LONG_RUN = /([^]{1,2}?)\1{31,}/g;

/**
 * Bytes as hexadecimal for a golden file, a long run as `61*1048577`, parts separated by points; `-` for none. Requests at
 * the limits have a megabyte and are one line all the same.
 */
export function toGoldenHex(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1');
  const parts: string[] = [];
  let end = 0;
  for (const { 0: run, 1: unit = '', index } of text.matchAll(LONG_RUN)) {
    if (index > end) parts.push(hex(text.slice(end, index)));
    parts.push(`${hex(unit)}*${run.length / unit.length}`);
    end = index + run.length;
  }
  if (end < text.length) parts.push(hex(text.slice(end)));
  return parts.join('.') || '-';
}

const hex = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('hex');
