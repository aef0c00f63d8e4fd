import type { VaultTransaction } from '../../vault.ts';

/** What the writer is asked to do in one step. */
export interface WriteRequest extends VaultTransaction {
  /** Forgets outbox entries up to and with this sequence. */
  readonly acknowledge?: number;
  /** Forgets audit entries up to and with this sequence. */
  readonly forgetAudit?: number;
}
