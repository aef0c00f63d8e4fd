/** Nanoseconds of each unit of Go's `time.ParseDuration`; both characters for micro are known. */
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** The syntax as a pattern, for the schema: a sign, then numbers with units, or 0 alone. */
export const DURATION_PATTERN =
  '^[+-]?(0|((\\d+(\\.\\d*)?|\\.\\d+)(ns|us|\\u00b5s|\\u03bcs|ms|s|m|h))+)$';

const WHOLE = new RegExp(DURATION_PATTERN, 'u');
const PART = /(\d*)(?:\.(\d*))?(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/gu;

/** Go keeps a duration in 64 bits: about 292 years either way. */
const LIMIT = 1n << 63n;
const NANOSECONDS_PER_SECOND = 1_000_000_000n;

/**
 * The whole seconds of a duration in Go's syntax (`-1h`, `8760h`, `1h30m`, `1.5h`), or `undefined` when the text is not
 * one or does not fit 64 bits of nanoseconds. Seconds are rounded towards the past: added to a clock that reads whole
 * seconds, that gives the second in which Go's sum falls, and certificate times have no smaller unit (RFC 5280
 * §4.1.2.5).
 */
export function parseDuration(text: string): number | undefined {
  const nanoseconds = parseNanoseconds(text);
  return nanoseconds === undefined ? undefined : Number(floorToSeconds(nanoseconds));
}

/** Exactly what Go 1.26 computes, `undefined` where it returns an error. */
export function parseNanoseconds(text: string): bigint | undefined {
  if (!WHOLE.test(text)) return undefined;
  const negative = text.startsWith('-');
  let sum = 0n;
  for (const [, integer = '', fraction = '', unitName = ''] of text.matchAll(PART)) {
    const unit = UNITS[unitName] ?? 0n;
    sum += BigInt(integer) * unit + fractionOf(fraction, unit);
    if (sum > LIMIT) return undefined;
  }
  if (negative) return -sum;
  return sum === LIMIT ? undefined : sum;
}

/**
 * The part after the point, in nanoseconds. In floating point like the original (`leadingFraction`), so that both sides
 * agree to the last nanosecond: digits beyond 64 bits do not count.
 */
function fractionOf(digits: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    if (value > (LIMIT - 1n) / 10n) break;
    const next = value * 10n + BigInt(digit);
    if (next > LIMIT) break;
    value = next;
    scale *= 10;
  }
  return BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}

function floorToSeconds(nanoseconds: bigint): bigint {
  const seconds = nanoseconds / NANOSECONDS_PER_SECOND;
  return nanoseconds < 0n && nanoseconds % NANOSECONDS_PER_SECOND !== 0n ? seconds - 1n : seconds;
}
