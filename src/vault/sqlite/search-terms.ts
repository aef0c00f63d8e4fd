import { hash } from 'node:crypto';
import { netstring } from '../netstring.ts';
import type { SearchTerm } from '../vault.ts';

/** Bytes of a term as it is stored. */
export const TERM_BYTES = 16;

/** Whose keys a term finds. */
export interface Scope {
  readonly tenant: string;
  readonly service: string;
}

/**
 * A term as it is stored: the first 16 bytes of the SHA-256 of scope, name and value. One width for every value, and the
 * index tells nothing that the attributes do not tell already. It finds rows; it protects nothing.
 */
export function storedTerm(scope: Scope, { name, value }: SearchTerm): Buffer {
  const text = netstring(scope.tenant) + netstring(scope.service) + netstring(name) + value;
  return hash('sha256', text, 'buffer').subarray(0, TERM_BYTES);
}

/** The term that every key of a service has: a name that no caller's term may have. */
export function serviceTerm(scope: Scope): Buffer {
  return storedTerm(scope, { name: '', value: '' });
}

/** All terms of a key, one after the other, in order and each once. */
export function storedTerms(scope: Scope, terms: readonly SearchTerm[]): Buffer {
  const stored = [serviceTerm(scope), ...terms.map((term) => storedTerm(scope, term))];
  stored.sort((a, b) => a.compare(b));
  return Buffer.concat(stored.filter((term, i) => stored[i - 1]?.equals(term) !== true));
}

/** The terms that `storedTerms` has put together. */
export function splitTerms(stored: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: stored.length / TERM_BYTES }, (_, i) =>
    stored.subarray(i * TERM_BYTES, (i + 1) * TERM_BYTES),
  );
}
