import { printable } from '../config/printable.ts';
import type { Path } from '../config/yaml/yaml-file.ts';
import { isCalendarDate } from './calendar-date.ts';
import { parseDuration, parseNanoseconds } from './duration.ts';
import type { ProblemList } from './problem.ts';
import type { RawDeprecation } from './raw-file.ts';
import type { RawSignCertificate, RawSignData } from './raw-operations.ts';
import type { RawKeySizeRange } from './raw-values.ts';
import {
  OWN_HASH,
  signingAlgorithm,
  signingAlgorithmWords,
  type SigningMode,
} from './signing-algorithms.ts';

/**
 * What a schema cannot say: rules between values. Each rule takes one section of a file that has the right shape, and
 * reports into `problems`. Texts in the original's words are the original's.
 */

/** A section of the file and where it stands. */
export interface Section<T> {
  readonly path: Path;
  readonly value: T;
}

/** Both offsets fit 64 bits of nanoseconds, and the window does not end before it begins. */
export function checkValidity(
  { path, value }: Section<RawSignCertificate['Validity']>,
  problems: ProblemList,
): void {
  const offsets = (['ValidNotBeforeOffset', 'ValidNotAfterOffset'] as const).map((key) => {
    const nanoseconds = parseNanoseconds(String(value[key]));
    if (nanoseconds === undefined) {
      const message = `invalid duration "${String(value[key])}": it must fit 64 bits of nanoseconds, about 292 years`;
      problems.addValue([...path, key], message, value[key]);
    }
    return nanoseconds;
  });
  const [before, after] = offsets;
  if (before === undefined || after === undefined || after >= before) return;
  problems.addValue(
    [...path, 'ValidNotAfterOffset'],
    `AfterOffset (${String(value.ValidNotAfterOffset)}) is earlier in time than BeforeOffset (${String(value.ValidNotBeforeOffset)})`,
    value.ValidNotAfterOffset,
  );
}

/** Every range has a lower end below its upper one, and no kind of key is listed twice in different letter case. */
export function checkKeySizes(
  { path, value }: Section<Readonly<Record<string, RawKeySizeRange>>>,
  problems: ProblemList,
): void {
  const seen = new Map<string, string>();
  for (const [name, { MinKeySize, MaxKeySize }] of Object.entries(value)) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined)
      problems.addKey([...path, name], `${name} is listed twice, also as ${other}`);
    seen.set(name.toLowerCase(), name);
    if (MinKeySize !== undefined && MaxKeySize !== undefined && MinKeySize > MaxKeySize) {
      problems.addValue(
        [...path, name, 'MinKeySize'],
        `MinKeySize (${String(MinKeySize)}) is larger than MaxKeySize (${String(MaxKeySize)})`,
        MinKeySize,
      );
    }
  }
}

/** No entry is repeated, under either of two names. */
export function checkRepetition(
  { path, value }: Section<readonly string[]>,
  problems: ProblemList,
): void {
  const seen = new Set<string>();
  for (const [index, word] of value.entries()) {
    const name = word === 'nonRepudiation' ? 'contentCommitment' : word;
    if (seen.has(name)) {
      const also = word === name ? '' : ' (it is the older name of contentCommitment)';
      problems.addValue([...path, index], `${word} is listed twice${also}`, word);
    }
    seen.add(name);
  }
}

/** A path length belongs to a CA alone (RFC 5280 §4.2.1.9). */
export function checkBasicConstraints(
  { path, value }: Section<NonNullable<RawSignCertificate['BasicConstraints']>>,
  problems: ProblemList,
): void {
  if (value.CA || value.PathLenConstraint === undefined) return;
  problems.addValue(
    [...path, 'PathLenConstraint'],
    `PathLenConstraint is set to ${String(value.PathLenConstraint)} but the CA field is false, which is not allowed: delete PathLenConstraint or set CA to true`,
    value.PathLenConstraint,
  );
}

/** The algorithm is one of its mode, and brings a hash or is given one. */
export function checkSignData({ path, value }: Section<RawSignData>, problems: ProblemList): void {
  const mode = (value.SigningMode?.toLowerCase() ?? 'legacy') as SigningMode;
  const algorithm = signingAlgorithm(mode, value.SignAlg);
  if (algorithm === undefined) {
    problems.addValue(
      [...path, 'SignAlg'],
      `unsupported algorithm: ${printable(value.SignAlg)} for operation signData in mode ${mode}, available algorithms: [${signingAlgorithmWords(mode)}]`,
      value.SignAlg,
    );
  } else if (value.HashAlg !== undefined && (mode === 'hybrid' || OWN_HASH.has(algorithm))) {
    problems.addValue(
      [...path, 'HashAlg'],
      `HashAlg has no meaning with ${algorithm}, which brings its own hash`,
      value.HashAlg,
    );
  }
}

/** Dates are days that exist, in order. */
export function checkDeprecation(
  { path, value }: Section<RawDeprecation>,
  problems: ProblemList,
): void {
  const { DeprecatedSince: since, RemoveAfter: removeAfter } = value;
  for (const key of ['DeprecatedSince', 'RemoveAfter'] as const) {
    const date = value[key];
    if (date !== undefined && !isCalendarDate(date)) {
      problems.addValue([...path, key], `invalid date "${date}": there is no such day`, date);
    }
  }
  // Dates of this form sort as text.
  if (since !== undefined && removeAfter !== undefined && removeAfter < since) {
    problems.addValue(
      [...path, 'RemoveAfter'],
      `RemoveAfter (${removeAfter}) is earlier in time than DeprecatedSince (${since})`,
      removeAfter,
    );
  }
}

/** Seconds of an offset that `checkValidity` has accepted. */
export function offsetSeconds(offset: string | 0): number {
  const seconds = parseDuration(String(offset));
  if (seconds === undefined) throw new RangeError('a duration was used before it was checked');
  return seconds;
}
