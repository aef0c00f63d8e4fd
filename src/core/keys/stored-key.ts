import { BrokerError } from '../../errors/index.ts';
import { decodeCanonical, encodeCanonical } from '../../kmip/attributes/canonical.ts';
import { UPLINK_LIMITS } from '../../uplink-wire/index.ts';
import type { StoredKey } from '../store/keys.ts';
import type { CoreKey, KeyState } from './core-key.ts';

/** A key as the database has it. Throws FIELD_TOO_LARGE when its attributes could not travel to a Gateway. */
export function toStored(key: CoreKey): StoredKey {
  const { escrow, attributes, ...rest } = key;
  const encoded = encodeCanonical(attributes);
  if (encoded.byteLength > UPLINK_LIMITS.attributes) {
    const text = `too large together (max ${UPLINK_LIMITS.attributes})`;
    throw new BrokerError('FIELD_TOO_LARGE', text, { field: 'attributes' });
  }
  return { ...rest, wrapped: escrow?.wrapped, mac: escrow?.mac, attributes: encoded };
}

/** A key from the database, which holds states of ours alone (a constraint of its table). */
export function fromStored(stored: StoredKey): CoreKey {
  const { wrapped, mac, attributes, state, suspendedFrom, ...rest } = stored;
  return {
    ...rest,
    state: state as KeyState,
    suspendedFrom: suspendedFrom as KeyState | undefined,
    escrow: wrapped === undefined || mac === undefined ? undefined : { wrapped, mac },
    attributes: decodeCanonical(attributes),
  };
}
