import { BrokerError } from '../../errors/index.ts';
import type {
  ListVaultKeysRequest,
  ListVaultKeysResponse,
  VaultKey,
} from '../../generated/cryptobroker/gateway/v1/status.ts';
import { timestampOf } from '../../uplink-wire/index.ts';
import { VAULT_LIMITS, type KeyRow, type KeyState, type Vault } from '../../vault/index.ts';
import { KEY_STATE } from '../keys/key-state.ts';

const DEFAULT_PAGE = 100;
const TOKEN_BYTES = 16;

/** One page of the vault's keys, or of those in quarantine. INPUT_INVALID for a page that cannot be. */
export async function listVaultKeys(
  vault: Vault,
  request: ListVaultKeysRequest,
  options: { readonly quarantinedOnly: boolean },
): Promise<ListVaultKeysResponse> {
  const { tenantId, serviceId, pageToken, pageSize } = request;
  const limit = pageSize === 0 ? DEFAULT_PAGE : pageSize;
  if (limit > VAULT_LIMITS.page) {
    throw new BrokerError('INPUT_INVALID', `larger than ${VAULT_LIMITS.page}`, {
      field: 'page_size',
    });
  }
  if (pageToken.length !== 0 && pageToken.length !== TOKEN_BYTES) {
    throw new BrokerError('INPUT_INVALID', 'not one that was given', { field: 'page_token' });
  }
  const rows = await vault.scan({
    limit,
    ...(tenantId !== '' && { tenant: tenantId }),
    ...(serviceId !== '' && { service: serviceId }),
    ...(pageToken.length > 0 && { after: pageToken }),
    ...(options.quarantinedOnly && { quarantined: true }),
  });
  // A full page may be the last one; then the next is empty.
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return { keys: rows.map(shown), nextPageToken: last?.id ?? new Uint8Array() };
}

const NAMES: Readonly<Record<KeyState, string>> = {
  [KEY_STATE.preActive]: 'pre-active',
  [KEY_STATE.active]: 'active',
  [KEY_STATE.deactivated]: 'deactivated',
  [KEY_STATE.compromised]: 'compromised',
  [KEY_STATE.destroyed]: 'destroyed',
  [KEY_STATE.destroyedCompromised]: 'destroyed, compromised',
  [KEY_STATE.suspended]: 'suspended',
};

/** Everything of a row but what is wrapped, its digest and its attributes. */
function shown(row: KeyRow): VaultKey {
  return {
    uid: row.uid,
    tenantId: row.tenant,
    serviceId: row.service,
    state: NAMES[row.state],
    revision: BigInt(row.revision),
    serviceKeyId: row.serviceKeyId,
    serviceKeyVersion: row.serviceKeyVersion,
    createdAt: timestampOf(row.createdAt * 1000),
    wrappedBytes: row.wrapped.length,
    quarantine: row.quarantine ?? '',
    unbound: row.mac.length === 0,
  };
}
