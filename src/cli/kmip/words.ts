import { BrokerError } from '../../errors/index.ts';
import { OBJECT_TYPE, REVOCATION_REASON_CODE, STATE } from '../../kmip/tables/enumerations.ts';
import { enumerationFacts } from '../../kmip/tables/look-up.ts';
import { CRYPTOGRAPHIC_USAGE_MASK } from '../../kmip/tables/masks.ts';
import { TAG } from '../../kmip/tables/tags.ts';

/** Values of the specification by the words of the command line: `key-compromise` for keyCompromise. */
export type Words = Readonly<Record<string, number>>;

export const USAGE_WORDS: Words = words(CRYPTOGRAPHIC_USAGE_MASK);
export const REVOCATION_WORDS: Words = words(REVOCATION_REASON_CODE);
export const OBJECT_TYPE_WORDS: Words = words(OBJECT_TYPE);
export const STATE_WORDS: Words = words(STATE);

/** The value of one of the words; USAGE names those there are. */
export function valueOf(option: string, table: Words, word: string): number {
  const value = Object.hasOwn(table, word) ? table[word] : undefined;
  if (value === undefined) {
    throw new BrokerError('USAGE', `${option}: must be one of ${Object.keys(table).join(', ')}`);
  }
  return value;
}

/** All bits of a list like `encrypt,decrypt`. */
export function maskOf(option: string, table: Words, list: string): number {
  return list
    .split(',')
    .map((word) => valueOf(option, table, word.trim()))
    .reduce((mask, bit) => mask | bit, 0);
}

/** `Create`, `Symmetric Key`: how the specification calls a value; numbers that it does not know in hexadecimal. */
export function operationName(value: number): string {
  return nameOf(TAG.operation, value);
}

export function objectTypeName(value: number): string {
  return nameOf(TAG.objectType, value);
}

function nameOf(tag: number, value: number): string {
  return enumerationFacts(tag, value)?.name ?? `0x${value.toString(16)}`;
}

function words(table: Readonly<Record<string, number>>): Words {
  return Object.fromEntries(
    Object.entries(table).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      value,
    ]),
  );
}
