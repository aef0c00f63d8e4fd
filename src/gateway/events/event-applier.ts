import { BrokerError } from '../../errors/index.ts';
import { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import { decodeCanonical } from '../../kmip/attributes/canonical.ts';
import { OBJECT_TYPE } from '../../kmip/tables/enumerations.ts';
import { EventKind, type Event } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { millisecondsOf } from '../../uplink-wire/index.ts';
import {
  newInnerId,
  type AuditEntry,
  type KeyRow,
  type KeyState,
  type Vault,
  type VaultTransaction,
} from '../../vault/index.ts';
import type { GatewayClock } from '../clock.ts';
import { bounded } from '../keys/audit-trail.ts';
import type { KeyEngine, ServiceKeySource } from '../keys/key-engine.ts';
import { isDestroyed, KEY_STATE } from '../keys/key-state.ts';
import type { KeyTurns } from '../keys/key-turns.ts';
import type { PendingRestrictions } from '../keys/pending-restrictions.ts';
import { changeRow } from '../keys/row-change.ts';
import { searchable, storedForm, withState } from '../keys/stored-key.ts';
import type { AbsentKeys } from './absent-keys.ts';
import { afterEvent, restrictiveTarget, type KeyEventKind } from './key-transition.ts';
import type { LanePositions } from './lane-positions.ts';
import type { ScopeEvents } from './scope-events.ts';
import { readSuspension, suspensionForgotten, suspensionNoted } from './suspensions.ts';

export interface EventApplierOptions {
  readonly vault: Vault;
  readonly engine: KeyEngine;
  readonly serviceKeys: ServiceKeySource;
  readonly restrictions: PendingRestrictions;
  readonly scopes: ScopeEvents;
  readonly lanes: LanePositions;
  readonly absentKeys: AbsentKeys;
  readonly turns: KeyTurns;
  readonly clock: GatewayClock;
  readonly random: (bytes: number) => Uint8Array;
  readonly logger: Logger;
}

/** What an event adds to the transaction that applies it. */
export type EventChanges = Pick<
  VaultTransaction,
  'insert' | 'change' | 'quarantine' | 'states' | 'shred'
>;

/** Attempts when rows change under us; each one reads them anew. */
const ATTEMPTS = 8;

/**
 * Applies the Core's events to memory, then to the vault: effect, audit and place in the lane in one transaction. The same
 * event may come again, and restrictive ones beside anything else; the result is the same. An event's epoch is that of the
 * Core that decided it, which may have been restarted since: what counts is who delivers it, and enrolment sees to that.
 */
export class EventApplier {
  readonly #options: EventApplierOptions;

  constructor(options: EventApplierOptions) {
    this.#options = options;
  }

  /** Resolves when the event is durable. Rejects with the vault's errors: the event then comes again. */
  async apply(event: Event): Promise<void> {
    const target = restrictiveTarget(event.kind);
    const end =
      target === undefined
        ? undefined
        : this.#options.restrictions.begin(event.tenantId, event.uid, target);
    if (isKeyEvent(event.kind)) {
      const { tenantId, uid } = event;
      await this.#options.turns.take(tenantId, [uid], () => this.#applyToVault(event));
    } else {
      await this.#applyToVault(event);
    }
    // Not when that failed: the event comes again, and what it takes away stays away until then.
    end?.();
  }

  async #applyToVault(event: Event): Promise<void> {
    const { vault, lanes, scopes, logger } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const changes = isKeyEvent(event.kind)
        ? await this.#keyChanges(event, event.kind)
        : await scopes.changes(event);
      const states = new Map([...(changes.states ?? []), ...lanes.noting(event)]);
      try {
        await vault.commit({ ...changes, states, audit: [this.#audit(event)] });
        break;
      } catch (error) {
        if (!isRace(error) || attempt >= ATTEMPTS) throw error;
      }
    }
    lanes.noted(event);
    logger.info('event applied', {
      ...{ kind: nameOf(event.kind), lane: event.lane, sequence: Number(event.laneSequence) },
      ...{ tenantId: event.tenantId, serviceId: event.serviceId, uid: event.uid },
      correlationId: event.correlationId === '' ? undefined : event.correlationId,
    });
  }

  async #keyChanges(event: Event, kind: KeyEventKind): Promise<EventChanges> {
    const { vault, engine, serviceKeys } = this.#options;
    const { tenantId: tenant, uid } = event;
    const at = timeOf(event);
    const suspendedAt = await readSuspension(vault, tenant, uid);
    if (suspendedAt !== undefined && isOvertaken(kind, at, suspendedAt)) return {};
    const notes = suspensionChanges(event, kind, suspendedAt, at);
    const row = await vault.get(tenant, uid);
    if (row === undefined) return { states: notes, ...this.#aboutUnknownKey(event, at) };
    const given = this.#attributesOf(event);
    const key = { state: row.state, attributes: decodeStored(row) };
    const next = afterEvent(key, kind, event, given, at);
    if (next === undefined) return { states: notes };
    const change = changeRow(row, next, { engine, serviceKeys });
    return {
      change: [change.changed],
      states: new Map([...notes, ...change.states]),
      ...(change.quarantine !== undefined && {
        quarantine: [{ tenant, uid, reason: change.quarantine }],
      }),
      shred: change.shred,
    };
  }

  /** A key that is not here: what may not be lifted again takes its uid for good, so that no copy can come in. */
  #aboutUnknownKey(event: Event, at: number): EventChanges {
    const { absentKeys } = this.#options;
    const state = restrictiveTarget(event.kind);
    if (state === undefined) {
      if (event.kind === EventKind.EVENT_KIND_KEY_RESUMED) {
        absentKeys.resumed(event.tenantId, event.uid);
      }
      return {};
    }
    absentKeys.note(event.tenantId, event.uid, state);
    if (!isDestroyed(state) && state !== KEY_STATE.compromised) return {};
    return { insert: [searchable(this.#tombstone(event, state, at))] };
  }

  #tombstone(event: Event, state: KeyState, at: number): KeyRow {
    const { engine, clock, random } = this.#options;
    const given = this.#attributesOf(event);
    const known =
      given ??
      AttributeSet.of([
        { name: 'Unique Identifier', value: { type: 'textString', value: event.uid } },
      ]);
    return engine.tombstone(
      {
        id: newInnerId(clock.now(), random),
        uid: event.uid,
        tenant: event.tenantId,
        service: event.serviceId === '' ? NOT_SAID : event.serviceId,
        objectType: known.enumeration('Object Type') ?? OBJECT_TYPE.symmetricKey,
        state,
        attributes: storedForm(withState(known, state)),
        createdAt: Math.max(0, Math.floor(at / 1000)),
      },
      {
        serviceKeyId: event.serviceKeyId === '' ? NOT_SAID : event.serviceKeyId,
        serviceKeyVersion: event.serviceKeyVersion,
      },
    );
  }

  /** The attributes that came with it. What cannot be read is passed over: it must not keep a restriction from counting. */
  #attributesOf({ attributes, eventId }: Event): AttributeSet | undefined {
    if (attributes.length === 0) return undefined;
    try {
      return decodeCanonical(attributes);
    } catch {
      this.#options.logger.error('attributes of an event cannot be read', { event: eventId });
      return undefined;
    }
  }

  #audit(event: Event): AuditEntry {
    return bounded({
      at: this.#options.clock.now(),
      tenant: event.tenantId,
      service: event.serviceId,
      actor: 'core',
      operation: `event ${nameOf(event.kind)}`,
      uid: event.uid,
      outcome: event.reasonMessage === '' ? 'applied' : `applied: ${event.reasonMessage}`,
      correlationId: event.correlationId,
    });
  }
}

/** Stands where the Core did not say; no real name has such characters. */
const NOT_SAID = '-';

const KEY_EVENTS: ReadonlySet<EventKind> = new Set([
  EventKind.EVENT_KIND_KEY_ACTIVATED,
  EventKind.EVENT_KIND_KEY_SUSPENDED,
  EventKind.EVENT_KIND_KEY_DEACTIVATED,
  EventKind.EVENT_KIND_KEY_COMPROMISED,
  EventKind.EVENT_KIND_KEY_DESTROYED,
  EventKind.EVENT_KIND_KEY_ATTRIBUTES,
  EventKind.EVENT_KIND_KEY_RESUMED,
]);

function isKeyEvent(kind: EventKind): kind is KeyEventKind {
  return KEY_EVENTS.has(kind);
}

/**
 * True for what would end a suspension that was decided after it: a resumption, which comes in another lane, or a
 * deactivation that is sent again. Of one moment, the suspension counts before the resumption, and the deactivation last.
 */
function isOvertaken(kind: KeyEventKind, at: number, suspendedAt: number): boolean {
  switch (kind) {
    case EventKind.EVENT_KIND_KEY_RESUMED:
      return suspendedAt >= at;
    case EventKind.EVENT_KIND_KEY_DEACTIVATED:
      return suspendedAt > at;
    default:
      return false;
  }
}

/** What the event does to the note of the key's suspension. */
function suspensionChanges(
  event: Event,
  kind: KeyEventKind,
  suspendedAt: number | undefined,
  at: number,
): ReadonlyMap<string, Uint8Array | undefined> {
  const { tenantId, uid } = event;
  switch (kind) {
    case EventKind.EVENT_KIND_KEY_SUSPENDED:
      return suspensionNoted(tenantId, uid, Math.max(at, suspendedAt ?? 0));
    case EventKind.EVENT_KIND_KEY_RESUMED:
    case EventKind.EVENT_KIND_KEY_DEACTIVATED:
    case EventKind.EVENT_KIND_KEY_COMPROMISED:
    case EventKind.EVENT_KIND_KEY_DESTROYED:
      return suspendedAt === undefined ? new Map() : suspensionForgotten(tenantId, uid);
    default:
      return new Map();
  }
}

/** A row whose attributes cannot be read keeps what little there is, so that its state can still be changed. */
function decodeStored(row: KeyRow): AttributeSet {
  try {
    return decodeCanonical(row.attributes);
  } catch {
    return AttributeSet.of([
      { name: 'Unique Identifier', value: { type: 'textString', value: row.uid } },
    ]);
  }
}

/** Somebody else has changed or made the row meanwhile. */
function isRace(error: unknown): boolean {
  return (
    error instanceof BrokerError &&
    (error.code === 'VAULT_CONFLICT' || error.code === 'VAULT_UID_TAKEN')
  );
}

function timeOf({ effectiveAt }: Event): number {
  return effectiveAt === undefined ? 0 : millisecondsOf(effectiveAt);
}

/** `key-destroyed` */
function nameOf(kind: EventKind): string {
  const name = Object.entries(EventKind).find(([, value]) => value === kind)?.[0] ?? 'unknown';
  return name.replace('EVENT_KIND_', '').toLowerCase().replaceAll('_', '-');
}
