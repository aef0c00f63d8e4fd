import type { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import { digestAttribute } from '../../kmip/attributes/build.ts';
import { decodeCanonical, encodeCanonical } from '../../kmip/attributes/canonical.ts';
import { searchTerms } from '../../kmip/attributes/search-terms.ts';
import type { KeyRow, KeyState, NewKey } from '../../vault/index.ts';
import { effectiveState, KEY_STATE } from './key-state.ts';
import type { LocalKey } from './local-keys.ts';

/** A row as the KMIP operations see it. Attributes are decoded when they are first asked for: a Locate passes many by. */
export class StoredKey implements LocalKey {
  readonly row: KeyRow;
  readonly quarantined: boolean;
  readonly #now: number;
  #stored: AttributeSet | undefined;
  #attributes: AttributeSet | undefined;
  #state: KeyState | undefined;

  /** `state` overrides the row's: what an event decided that is not in the vault yet. `now`: milliseconds since 1970. */
  constructor(
    row: KeyRow,
    now: number,
    options: { readonly state?: KeyState | undefined; readonly quarantined?: boolean } = {},
  ) {
    this.row = row;
    this.quarantined = options.quarantined ?? row.quarantine !== undefined;
    this.#now = now;
    this.#state = options.state;
  }

  get state(): KeyState {
    this.#state ??= effectiveState(this.row.state, this.#storedAttributes(), this.#now);
    return this.#state;
  }

  /** The stored ones with those that follow from the row: State and Digest. */
  get attributes(): AttributeSet {
    this.#attributes ??= completeAttributes(this.row, this.#storedAttributes(), this.state);
    return this.#attributes;
  }

  #storedAttributes(): AttributeSet {
    this.#stored ??= decodedAttributes(this.row);
    return this.#stored;
  }
}

/** Attributes of rows that were looked at: decoding them takes as long as unwrapping the key. */
const decoded = new WeakMap<KeyRow, AttributeSet>();

function decodedAttributes(row: KeyRow): AttributeSet {
  const known = decoded.get(row);
  if (known !== undefined) return known;
  const attributes = decodeCanonical(row.attributes);
  decoded.set(row, attributes);
  return attributes;
}

/** By row: the state it was seen in last, and its attributes with that state. They are the same for every request. */
const completed = new WeakMap<
  KeyRow,
  { readonly state: KeyState; readonly attributes: AttributeSet }
>();

function completeAttributes(row: KeyRow, stored: AttributeSet, state: KeyState): AttributeSet {
  const known = completed.get(row);
  if (known?.state === state) return known.attributes;
  const attributes = withDigest(withState(stored, state), row);
  completed.set(row, { state, attributes });
  return attributes;
}

/** Attributes as they are stored: the Digest is the row's own column. */
export function storedForm(attributes: AttributeSet): Uint8Array {
  return encodeCanonical(attributes.without('Digest'));
}

/** With the State attribute that goes with a state. KMIP has none for Suspended: such a key keeps the one it had. */
export function withState(attributes: AttributeSet, state: KeyState): AttributeSet {
  return state === KEY_STATE.suspended || attributes.enumeration('State') === state
    ? attributes
    : attributes.with('State', { type: 'enumeration', value: state });
}

/** The KMIP state that a suspended key goes back to. */
export function stateBeforeSuspension(attributes: AttributeSet): KeyState {
  const state = attributes.enumeration('State');
  const { preActive, active, deactivated } = KEY_STATE;
  return state === preActive || state === deactivated ? state : active;
}

/** A row with what Locate finds it by; `attributes` are the row's own, where the caller has them decoded. */
export function searchable(
  row: KeyRow,
  attributes: AttributeSet = decodeCanonical(row.attributes),
): NewKey {
  return { row, terms: searchTerms(attributes) };
}

function withDigest(attributes: AttributeSet, row: KeyRow): AttributeSet {
  // A tombstone of a key that never was here has no digest to show.
  if (row.digest.every((byte) => byte === 0)) return attributes;
  const { name, value } = digestAttribute(row.digest);
  return attributes.with(name, value);
}
