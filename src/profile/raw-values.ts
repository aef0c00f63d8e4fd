import { integer, object, optional, unsafe } from '../config/schema.ts';
import type { TOptional, TUnsafe } from '../config/schema.ts';
import { KEY_ALGORITHMS } from '../crypto/algorithms.ts';

/**
 * Building blocks of the raw schema. A `problem` is the message for a value that does not fit (src/config/
 * schema-check.ts); where the Open Crypto Broker has a text for a mistake, it is that text.
 */

/** Text that must be one of `names`, in any letter case; editors offer the names as written here. */
export function anyCase(
  names: readonly string[],
  description: string,
  problem: string,
): TUnsafe<string> {
  return unsafe<string>({
    type: 'string',
    anyOf: [{ enum: [...names] }, { pattern: `^(${names.map(anyCasePattern).join('|')})$` }],
    description,
    problem,
  });
}

/** A pattern for `name` in any letter case. JSON Schema patterns have no flag for that. */
function anyCasePattern(name: string): string {
  return name
    .replace(/[^a-z0-9-]/gi, '\\$&')
    .replace(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
}

/** A key that is refused wherever it stands, with a message that leads on. */
export function foreignKey(problem: string): TOptional<TUnsafe<never>> {
  return optional(unsafe<never>({ not: {}, problem }));
}

/** Inclusive bounds on a key, in bits. */
export interface RawKeySizeRange {
  readonly MinKeySize?: number;
  readonly MaxKeySize?: number;
}

/** A map from kind of key, in any letter case, to bounds. `role` names the map in messages. */
export function keySizes(
  names: readonly string[],
  role: string,
  description: string,
  options: { readonly bothBounds: boolean; readonly [keyword: string]: unknown },
): TUnsafe<Readonly<Record<string, RawKeySizeRange>>> {
  const { bothBounds, ...keywords } = options;
  const bound = (key: string, which: string) =>
    integer({
      minimum: 0,
      maximum: 65536,
      description: `${which} key size in bits, inclusive. RSA: length of the modulus; ECDSA: 256, 384 or 521 for the NIST curve.`,
      problem: { minimum: `${key} in ${role} is negative` },
    });
  const min = bound('minKeySize', 'Smallest');
  const max = bound('maxKeySize', 'Largest');
  const range = object(
    bothBounds
      ? { MinKeySize: min, MaxKeySize: max }
      : { MinKeySize: optional(min), MaxKeySize: optional(max) },
    {
      title: bothBounds ? 'KeySizes' : 'OptionalKeySizes',
      description: 'Bounds on the size of this kind of key.',
    },
  );
  return unsafe({
    type: 'object',
    description,
    // The properties are for editors, which offer them; the pattern is the rule.
    properties: Object.fromEntries(KEY_ALGORITHMS.map((name) => [name, {}])),
    patternProperties: { [`^(${names.map(anyCasePattern).join('|')})$`]: range },
    additionalProperties: false,
    known: [...names],
    ...keywords,
  });
}

/** Names as the original's messages list them: `[a b c]`. */
export function goList(names: readonly (string | number)[]): string {
  return `[${names.join(' ')}]`;
}
