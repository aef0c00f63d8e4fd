import { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import { decodeCanonical } from '../../kmip/attributes/canonical.ts';
import type {
  Directive,
  PutKey,
  SetState,
} from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { millisecondsOf } from '../../uplink-wire/index.ts';
import type { KeyRow, KeyState, VaultTransaction } from '../../vault/index.ts';
import {
  isTampered,
  type KeyDraft,
  type KeyEngine,
  type ServiceKeySource,
} from '../keys/key-engine.ts';
import { absorbing, isDestroyed, isKeyState, KEY_STATE, moreSevere } from '../keys/key-state.ts';
import { changeRow } from '../keys/row-change.ts';
import { searchable, storedForm, withState } from '../keys/stored-key.ts';
import { proofName } from '../keys/unbound-proof.ts';

export interface DirectedKeyFacts {
  readonly uid: string;
  readonly tenant: string;
  readonly service: string;
  /** As the vault has it; undefined: it is not there. */
  readonly row: KeyRow | undefined;
  /** What an event said of it that the answer may not know yet. */
  readonly decided: KeyState | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly newId: () => Uint8Array;
}

export interface DirectedKeyParts {
  readonly engine: KeyEngine;
  readonly serviceKeys: ServiceKeySource;
  readonly logger: Logger;
}

type Changes = Pick<
  VaultTransaction,
  'insert' | 'change' | 'purge' | 'quarantine' | 'states' | 'shred'
>;

/** One key and all that one answer says about it, folded into one change. */
export class DirectedKey {
  readonly #facts: DirectedKeyFacts;
  #put: PutKey | undefined;
  #state: KeyState | undefined;
  #attributes: AttributeSet | undefined;
  #purged = false;

  constructor(facts: DirectedKeyFacts) {
    this.#facts = facts;
    this.#state = facts.row?.state;
  }

  /** Takes one more directive, in the order of the answer. Attributes that cannot be read are KmipFailure. */
  take(directive: NonNullable<Directive['directive']>): void {
    switch (directive.$case) {
      case 'put':
        this.#put = directive.value;
        this.#purged = false;
        this.#moveTo(directive.value.state, directive.value.attributes);
        return;
      case 'setState':
        this.#moveTo(directive.value.state, directive.value.attributes);
        return;
      case 'setAttributes':
        this.#attributes = decodeCanonical(directive.value.attributes);
        return;
      case 'purge':
        this.#purged = true;
        return;
    }
  }

  /** What all of it does to the vault. */
  changes(parts: DirectedKeyParts): Changes {
    const { tenant, service, uid, row } = this.#facts;
    if (this.#purged) {
      return {
        purge: [{ tenant, uid }],
        states: new Map([[proofName({ uid }), undefined]]),
        shred: true,
      };
    }
    if (row === undefined) return this.#put === undefined ? {} : this.#inserted(this.#put, parts);
    if (row.service !== service) {
      parts.logger.error('the core answered about a key of another service', {
        tenantId: tenant,
        uid,
      });
      return {};
    }
    return this.#changed(row, parts);
  }

  /**
   * The answer may have been overtaken by an event, so it leads forward in the key's life and never back: not from
   * Deactivated to Active, and not out of a suspension.
   */
  #moveTo(state: SetState['state'], attributes: Uint8Array): void {
    if (!isKeyState(state)) return;
    const current = this.#state;
    const next = current === undefined ? state : forward(current, state);
    if (next === current && next !== state) return;
    this.#state = next;
    if (attributes.length > 0) this.#attributes = decodeCanonical(attributes);
  }

  #inserted(put: PutKey, { engine, serviceKeys, logger }: DirectedKeyParts): Changes {
    const { tenant, uid, service, decided, now, newId } = this.#facts;
    const wanted = this.#state;
    if (wanted === undefined) return {};
    const state = decided === undefined ? wanted : forward(decided, wanted);
    const attributes = this.#attributes ?? AttributeSet.empty;
    const draft: KeyDraft = {
      ...{ id: newId(), uid, tenant, service, objectType: put.objectType, state },
      attributes: storedForm(withState(attributes, state)),
      createdAt: Math.floor(
        (put.createdAt === undefined ? now : millisecondsOf(put.createdAt)) / 1000,
      ),
    };
    const { serviceKeyId, serviceKeyVersion } = put;
    if (isDestroyed(state)) {
      const row = engine.tombstone(draft, { serviceKeyId, serviceKeyVersion });
      return { insert: [searchable(row)] };
    }
    const under = serviceKeys.reading({ tenant, service, serviceKeyId, serviceKeyVersion });
    if (!under.usable || put.wrapped.length === 0) {
      // A copy is for speed; the Core goes on answering for the key.
      logger.info('key of the core not kept', {
        uid,
        reason: under.usable ? 'no escrow' : under.why,
      });
      return {};
    }
    try {
      return { insert: [searchable(engine.adopt(draft, put.wrapped, under))] };
    } catch (error) {
      if (!isTampered(error)) throw error;
      logger.error('key of the core not kept', { uid, reason: 'it does not unwrap' });
      return {};
    }
  }

  #changed(row: KeyRow, parts: DirectedKeyParts): Changes {
    const state = this.#state ?? row.state;
    const attributes = this.#attributes ?? decodeCanonical(row.attributes);
    if (this.#put !== undefined && this.#isAnother(row, this.#put, parts)) {
      const reason = 'the core has another key under this identifier';
      parts.logger.error(reason, { tenantId: row.tenant, uid: row.uid });
      return { quarantine: [{ tenant: row.tenant, uid: row.uid, reason }] };
    }
    const change = changeRow(row, { state, attributes }, parts);
    const { tenant, uid } = row;
    return {
      change: [change.changed],
      states: change.states,
      ...(change.quarantine !== undefined && {
        quarantine: [{ tenant, uid, reason: change.quarantine }],
      }),
      shred: change.shred,
    };
  }

  /** True when the Core sends other key bytes than those that are here. A newer wrapping of the same key is no other key. */
  #isAnother(row: KeyRow, put: PutKey, { engine, serviceKeys }: DirectedKeyParts): boolean {
    if (isDestroyed(row.state) || put.wrapped.length === 0) return false;
    if (Buffer.compare(row.wrapped, put.wrapped) === 0) return false;
    const { tenant, service, objectType, id, uid, state, attributes, createdAt } = row;
    const { serviceKeyId, serviceKeyVersion } = put;
    const under = serviceKeys.reading({ tenant, service, serviceKeyId, serviceKeyVersion });
    if (!under.usable) return false;
    try {
      const draft = { tenant, service, objectType, id, uid, state, attributes, createdAt };
      return Buffer.compare(engine.adopt(draft, put.wrapped, under).digest, row.digest) !== 0;
    } catch (error) {
      if (!isTampered(error)) throw error;
      return true;
    }
  }
}

/** The state after one that is asked for: further in the key's life, or the one there is. */
function forward(current: KeyState, target: KeyState): KeyState {
  return absorbing(current, isFinal(current) ? target : moreSevere(current, target));
}

function isFinal(state: KeyState): boolean {
  return isDestroyed(state) || state === KEY_STATE.compromised;
}
