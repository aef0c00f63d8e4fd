import { BrokerError } from '../../errors/index.ts';
import type { KeyRow, Vault } from '../../vault/index.ts';

/**
 * The last header of a row that a MAC was made for, and that MAC, kept beside the row while changes wait for its service
 * key. Without it whoever can write the vault could empty a MAC and have any row bound as it stands.
 */
export interface UnboundProof {
  readonly header: Uint8Array;
  readonly mac: Uint8Array;
}

const PREFIX = 'unbound/';
const MAC_BYTES = 32;

/** Name of the vault's value that holds it. */
export function proofName(row: Pick<KeyRow, 'uid'>): string {
  return `${PREFIX}${row.uid}`;
}

export function encodeProof({ header, mac }: UnboundProof): Uint8Array {
  return Buffer.concat([mac, header]);
}

/** Undefined when there is none. VAULT_DAMAGED. */
export async function readProof(
  vault: Vault,
  row: Pick<KeyRow, 'uid'>,
): Promise<UnboundProof | undefined> {
  const bytes = await vault.readState(proofName(row));
  if (bytes === undefined) return undefined;
  if (bytes.length <= MAC_BYTES) {
    throw new BrokerError('VAULT_DAMAGED', 'a kept row binding cannot be read');
  }
  return { mac: bytes.subarray(0, MAC_BYTES), header: bytes.subarray(MAC_BYTES) };
}
