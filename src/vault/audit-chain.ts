import { hash } from 'node:crypto';
import { netstring } from './netstring.ts';
import type { AuditEntry } from './vault.ts';

/**
 * The chain that makes an edited, missing or exchanged audit entry show: each link is the SHA-256 of the link before (in
 * hexadecimal), the sequence, the time and the texts of the entry in the order of `AuditEntry`, each as a netstring. No key
 * takes part, so this proves the order of what a reader has, and not who wrote it: whoever may write the whole file may
 * write the whole chain. What was relayed to the Core cannot be rewritten that way.
 */
export function nextLink(before: Uint8Array, sequence: number, entry: AuditEntry): Uint8Array {
  const { at, tenant, service, actor, operation, uid, outcome, correlationId } = entry;
  const fields = [
    Buffer.from(before).toString('hex'),
    ...[String(sequence), String(at)],
    ...[tenant, service, actor, operation, uid, outcome, correlationId],
  ];
  return hash('sha256', fields.map(netstring).join(''), 'buffer');
}

/** The end of a chain, or of what was forgotten of it: what comes next goes on from here. */
export interface ChainEnd {
  readonly sequence: number;
  readonly link: Uint8Array;
}

/** The link before the first entry, different in each vault. */
export function firstLink(vaultId: string): Uint8Array {
  return hash('sha256', `crypto-broker vault audit chain 1 ${vaultId}`, 'buffer');
}
