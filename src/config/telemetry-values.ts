/** What the texts of the telemetry settings stand for. `undefined`: the text stands for nothing. */

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a duration such as `30s`, `1m30s` or `1.5h`. */
export function parseInterval(text: string): number {
  let sum = 0;
  for (const [, count, unit = ''] of text.matchAll(/([0-9.]+)(ms|s|m|h)/g)) {
    sum += Number(count) * (MILLISECONDS[unit] ?? Number.NaN);
  }
  return sum;
}

/** Pairs of `name=value,name=value`, the values percent-decoded. Blanks around names and values do not count. */
export function parsePairs(text: string): ReadonlyMap<string, string> | undefined {
  const pairs = new Map<string, string>();
  for (const part of text.split(',').filter((one) => one.trim() !== '')) {
    const [name = '', ...rest] = part.split('=');
    const value = percentDecoded(rest.join('=').trim());
    if (value === undefined) return undefined;
    pairs.set(name.trim(), value);
  }
  return pairs;
}

/** HTTP headers by lower-case name; `undefined` when a name or value could not stand in a request. */
export function parseHeaders(text: string): ReadonlyMap<string, string> | undefined {
  const pairs = parsePairs(text);
  if (pairs === undefined) return undefined;
  const headers = new Map<string, string>();
  for (const [name, value] of pairs) {
    const lower = name.toLowerCase();
    if (!TOKEN.test(name) || OF_THE_CONNECTION.has(lower)) return undefined;
    if (!PRINTABLE.test(value)) return undefined;
    headers.set(lower, value);
  }
  return headers;
}

/** The URL of a collector: `HOST:PORT` means `http://HOST:PORT`. */
export function parseCollector(text: string): URL | undefined {
  const url = /^https?:\/\//.test(text) ? text : `http://${text}`;
  return URL.canParse(url) ? new URL(url) : undefined;
}

/** A field name of RFC 9110 without those that belong to the protocols. */
const TOKEN = /^(?!:|grpc-|.*-bin$)[!#$%&'*+.^_`|~0-9A-Za-z-]+$/i;

/** What says where a message ends or is about its connection: HTTP/2 has no such fields (RFC 9113 §8.2.2). */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);
const PRINTABLE = /^[\x20-\x7e]*$/;

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
