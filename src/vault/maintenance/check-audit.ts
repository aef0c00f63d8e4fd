import type { Connection } from '../../sqlite/index.ts';
import { firstLink, nextLink } from '../audit-chain.ts';
import type { AuditRow } from '../vault.ts';
import type { Findings } from './finding.ts';

/**
 * Follows the audit chain from its first link and tells where it breaks. A cut at the end leaves no gap: that shows
 * against what the Core has received. Returns the number of entries.
 */
export function checkAudit(connection: Connection, vaultId: string, findings: Findings): number {
  const rows = connection.prepare<[], AuditRow>(`
    SELECT sequence, at, tenant, service, actor, operation, uid, outcome,
      correlation_id AS correlationId, link
    FROM audit ORDER BY sequence`);
  let link = firstLink(vaultId);
  let sequence = 0;
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
