import type { ScanQuery } from '../../vault.ts';
import { KEY_COLUMNS } from '../key-columns.ts';
import { SLICE, type SlicedQuery, type Statements } from './slices.ts';

/** The search for a scan: along all rows, or along those alone that have no MAC or are quarantined. */
export function scanQuery(query: ScanQuery, statements: Statements): SlicedQuery {
  const among = candidates(query);
  const boundary = statements.pluck<Uint8Array>(
    `SELECT k.id FROM keys k WHERE k.id > ? ${among} ORDER BY k.id LIMIT 1 OFFSET ${SLICE - 1}`,
  );
  const rows = statements.tuples(`
    SELECT ${KEY_COLUMNS} FROM keys k
    WHERE k.id > ? AND k.id <= ? ${among}
      AND (? IS NULL OR k.tenant = ?) AND (? IS NULL OR k.service = ?)
      AND (? IS NULL OR k.service_key_id = ?) AND (? IS NULL OR k.service_key_version = ?)
    ORDER BY k.id LIMIT ?`);
  const { tenant, service, serviceKeyId, serviceKeyVersion } = query;
  const filters = [tenant, service, serviceKeyId, serviceKeyVersion].flatMap((value) => [
    value ?? null,
    value ?? null,
  ]);
  return {
    boundary: (after) => boundary.get(after),
    rows: (after, upTo, limit) => rows.all(after, upTo, ...filters, limit),
  };
}

/** The conditions as SQLite knows them from the partial indexes. */
function candidates({ unbound, quarantined }: ScanQuery): string {
  const conditions: string[] = [];
  if (unbound === true) conditions.push('AND length(k.mac) = 0');
  if (quarantined === true) conditions.push('AND k.quarantine IS NOT NULL');
  if (quarantined === false) conditions.push('AND k.quarantine IS NULL');
  return conditions.join(' ');
}
