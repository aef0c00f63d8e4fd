import type { KeyState, LocateQuery } from '../../vault.ts';
import { KEY_COLUMNS } from '../key-columns.ts';
import { serviceTerm, storedTerm } from '../search-terms.ts';
import { FIRST_ID, SLICE, type SlicedQuery, type Statements } from './slices.ts';

const BOUNDARY = 'SELECT id FROM postings WHERE term = ? AND id > ? ORDER BY id LIMIT 1 OFFSET ?';

/** The search for a Locate: along the rarest of its terms, the others looked up for each candidate. */
export function locateQuery(query: LocateQuery, statements: Statements): SlicedQuery {
  const { tenant, service, objectType = null } = query;
  const [rarest, ...others] = termsByRarity(query, statements);
  const states = stateMask(query.states);
  const boundary = statements.pluck<Uint8Array>(BOUNDARY);
  const slice = Math.ceil(SLICE / (1 + others.length));
  const rows = statements.tuples(rowsQuery(others.length));
  return {
    boundary: (after) => boundary.get(rarest, after, slice - 1),
    rows: (after, upTo, limit) =>
      rows.all(
        ...[rarest, after, upTo, tenant, service, objectType, objectType, states],
        ...others,
        limit,
      ),
  };
}

/** CROSS JOIN keeps SQLite from turning the order round. */
function rowsQuery(others: number): string {
  const has = 'AND EXISTS (SELECT 1 FROM postings o WHERE o.term = ? AND o.id = p.id)';
  return `
    SELECT ${KEY_COLUMNS} FROM postings p CROSS JOIN keys k ON k.id = p.id
    WHERE p.term = ? AND p.id > ? AND p.id <= ? AND k.tenant = ? AND k.service = ?
      AND (? IS NULL OR k.object_type = ?) AND (? >> k.state) & 1 ${has.repeat(others)}
    ORDER BY p.id LIMIT ?`;
}

/** One bit a state: KeyState is at most 16. */
function stateMask(states: readonly KeyState[] | undefined): number {
  return states === undefined ? 0x1ffff : states.reduce((mask, state) => mask | (1 << state), 0);
}

/** Beyond this many one term is as common as another. */
const COMMON = SLICE;

/** The query's terms as they are stored, the one with the fewest keys first. */
function termsByRarity(query: LocateQuery, statements: Statements): readonly Buffer[] {
  const terms = query.terms.map((term) => storedTerm(query, term));
  if (terms.length === 0) return [serviceTerm(query)];
  if (terms.length === 1) return terms;
  const count = statements.pluck<number>(
    `SELECT count(*) FROM (SELECT 1 FROM postings WHERE term = ? AND id > ? LIMIT ${COMMON})`,
  );
  return terms
    .map((term) => ({ term, keys: count.get(term, query.after ?? FIRST_ID) ?? 0 }))
    .sort((a, b) => a.keys - b.keys)
    .map(({ term }) => term);
}
