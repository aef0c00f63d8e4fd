/** One PEM block (RFC 7468). */
export interface PemBlock {
  readonly label: string;
  /** True with a header `Proc-Type: 4,ENCRYPTED` (RFC 1421 §4.6.1.1), as OpenSSL writes keys under a password. */
  readonly encrypted: boolean;
  /** What the block holds; undefined when the base64 is broken. */
  readonly der: Uint8Array | undefined;
}

const BEGIN = '-----BEGIN ';
const END = '-----END ';
const DASHES = '-----';
const LINE_LENGTH = 64;

/**
 * The blocks of a text, in order. Text before, between and after blocks is skipped; lines may end in CR LF, and headers
 * (RFC 1421 §4.6) may stand before the base64. A block that does not end as it should ends the list.
 */
export function readPem(bytes: Uint8Array): PemBlock[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const lines = text.split('\n').map((line) => line.replace(/[ \t\r]+$/, ''));
  const blocks: PemBlock[] = [];
  for (let at = 0; at < lines.length; at++) {
    const label = boundaryLabel(lines[at], BEGIN);
    if (label === undefined) continue;
    const first = at + 1;
    do at++;
    while (lines[at]?.startsWith(DASHES) === false);
    if (boundaryLabel(lines[at], END) !== label) break;
    blocks.push(readBlock(label, lines.slice(first, at)));
  }
  return blocks;
}

/** `der` as one block, each line ended by a line feed. */
export function writePem(label: string, der: Uint8Array): string {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64');
  const lines: string[] = [];
  for (let i = 0; i < base64.length; i += LINE_LENGTH) lines.push(base64.slice(i, i + LINE_LENGTH));
  return [`${BEGIN}${label}${DASHES}`, ...lines, `${END}${label}${DASHES}`, ''].join('\n');
}

function boundaryLabel(line: string | undefined, prefix: string): string | undefined {
  if (line === undefined || !line.startsWith(prefix) || !line.endsWith(DASHES)) return undefined;
  if (line.length < prefix.length + DASHES.length) return undefined;
  return line.slice(prefix.length, -DASHES.length);
}

function readBlock(label: string, lines: readonly string[]): PemBlock {
  const headers = headerLines(lines);
  const encrypted = lines
    .slice(0, headers)
    .some((line) => line.startsWith('Proc-Type:') && line.includes('ENCRYPTED'));
  return { label, encrypted, der: decodeBase64(lines.slice(headers).join('')) };
}

/** How many lines are headers: those with a colon, which base64 never has, and their folded continuations. */
function headerLines(lines: readonly string[]): number {
  let count = 0;
  while (lines[count]?.includes(':') === true || (count > 0 && /^[ \t]/.test(lines[count] ?? ''))) {
    count++;
  }
  return count;
}

/** Buffer.from skips what is not base64 and forgives bits that encode nothing; a block that needs it is damaged. */
function decodeBase64(text: string): Uint8Array | undefined {
  const compact = text.replace(/[ \t\r]+/g, '');
  const decoded = Buffer.from(compact, 'base64');
  return decoded.toString('base64') === compact ? decoded : undefined;
}
