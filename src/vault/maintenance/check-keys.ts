import type { Connection } from '../../sqlite/index.ts';
import { DIGEST_BYTES } from '../limits.ts';
import { serviceTerm, splitTerms, TERM_BYTES } from '../sqlite/search-terms.ts';
import type { Findings } from './finding.ts';

interface CheckedKey {
  readonly number: number;
  readonly id: Uint8Array;
  readonly uid: string;
  readonly tenant: string;
  readonly service: string;
  readonly revision: number;
  readonly state: number;
  readonly quarantine: string | null;
  readonly wrappedBytes: number;
  readonly digestBytes: number;
  readonly macBytes: number;
  readonly terms: Uint8Array;
}

/** States in which no wrapped key is left: KMIP's Destroyed and Destroyed Compromised. */
const DESTROYED: readonly number[] = [5, 6];

/** Looks at the form of each key, and at its terms against those that Locate goes by. */
export function checkKeys(
  connection: Connection,
  findings: Findings,
): { readonly keys: number; readonly quarantined: number } {
  const hasPosting = connection
    .prepare<[Uint8Array, Uint8Array], number>('SELECT 1 FROM postings WHERE term = ? AND id = ?')
    .pluck();
  const rows = connection.prepare<[], CheckedKey>(`
    SELECT number, id, uid, tenant, service, revision, state, quarantine,
      length(wrapped) AS wrappedBytes, length(digest) AS digestBytes, length(mac) AS macBytes, terms
    FROM keys ORDER BY number`);
  let keys = 0;
  let quarantined = 0;
  let terms = 0;
  for (const key of rows.iterate()) {
    keys += 1;
    if (key.quarantine !== null) quarantined += 1;
    const problem = problemOf(key);
    if (problem !== undefined) findings.add('keys', `row ${key.number} ${problem}`);
    for (const term of splitTerms(key.terms)) {
      terms += 1;
      if (hasPosting.get(term, key.id) === undefined) {
        findings.add('terms', `row ${key.number} is not found by one of its terms`);
      }
    }
  }
  const postings = connection.prepare<[], number>('SELECT count(*) FROM postings').pluck().get();
  if (postings !== terms) {
    findings.add('terms', `${postings ?? 0} terms lead to keys, which carry ${terms}`);
  }
  return { keys, quarantined };
}

function problemOf(key: CheckedKey): string | undefined {
  if (key.uid === '' || key.tenant === '' || key.service === '') return 'has an empty name';
  if (key.revision < 1) return 'has a revision below 1';
  if (key.digestBytes !== DIGEST_BYTES) return 'has a digest of another length';
  if (key.macBytes !== 0 && key.macBytes !== DIGEST_BYTES) return 'has a MAC of another length';
  if (DESTROYED.includes(key.state) && key.wrappedBytes > 0) return 'is destroyed, but has a key';
  if (key.terms.length % TERM_BYTES !== 0) return 'has terms of another length';
  const own = serviceTerm(key);
  const found = splitTerms(key.terms).some((term) => Buffer.compare(term, own) === 0);
  return found ? undefined : 'lacks the term of its service';
}
