import type { Connection } from '../../sqlite/index.ts';
import { firstLink } from '../audit-chain.ts';

/** Where the audit chain of a vault begins. */
export interface AuditBase {
  /** The entry before the first one there is. */
  readonly sequence: number;
  readonly link: Uint8Array;
}

interface Row {
  readonly vault_id: string;
  readonly audit_base_sequence: number;
  readonly audit_base_link: Uint8Array | null;
}

export function readAuditBase(connection: Connection): AuditBase {
  const row = connection
    .prepare<[], Row>('SELECT vault_id, audit_base_sequence, audit_base_link FROM vault')
    .get();
  return {
    sequence: row?.audit_base_sequence ?? 0,
    link: row?.audit_base_link ?? firstLink(row?.vault_id ?? ''),
  };
}
