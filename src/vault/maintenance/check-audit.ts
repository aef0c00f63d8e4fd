import type { Connection } from '../../sqlite/index.ts';
import { nextLink } from '../audit-chain.ts';
import { readAuditBase } from '../sqlite/audit-base.ts';
import type { AuditRow } from '../vault.ts';
import type { Findings } from './finding.ts';

/**
 * Follows the audit chain from where it begins and tells where it breaks. A cut at the end leaves no gap: that shows
 * against what the Core has received. Returns the number of entries.
 */
export function checkAudit(connection: Connection, findings: Findings): number {
  const rows = connection.prepare<[], AuditRow>(`
    SELECT sequence, at, tenant, service, actor, operation, uid, outcome,
      correlation_id AS correlationId, link
    FROM audit ORDER BY sequence`);
  let { link, sequence } = readAuditBase(connection);
  let entries = 0;
  for (const row of rows.iterate()) {
    sequence += 1;
    entries += 1;
    if (row.sequence !== sequence) {
      findings.add('audit', `entry ${sequence} should come next, but ${row.sequence} does`);
    } else if (Buffer.compare(nextLink(link, sequence, row), row.link) !== 0) {
      findings.add('audit', `entry ${sequence} is not what was written`);
    }
    // From here on with what the file says, so that one break is one finding.
    ({ sequence, link } = row);
  }
  return entries;
}
