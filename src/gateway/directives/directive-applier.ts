import { setImmediate } from 'node:timers/promises';
import { BrokerError } from '../../errors/index.ts';
import type { Directive } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { Logger } from '../../telemetry/logger.ts';
import {
  newInnerId,
  type AuditEntry,
  type Vault,
  type VaultTransaction,
} from '../../vault/index.ts';
import type { GatewayClock } from '../clock.ts';
import type { AbsentKeys } from '../events/absent-keys.ts';
import { readSuspension } from '../events/suspensions.ts';
import { clientName, type ClientIdentity } from '../identity/client-identity.ts';
import { bounded } from '../keys/audit-trail.ts';
import type { KeyEngine, ServiceKeySource } from '../keys/key-engine.ts';
import { isKeyState, KEY_STATE } from '../keys/key-state.ts';
import type { KeyTurns } from '../keys/key-turns.ts';
import type { PendingRestrictions } from '../keys/pending-restrictions.ts';
import { DirectedKey } from './directed-key.ts';

export interface DirectiveApplierOptions {
  readonly vault: Vault;
  readonly engine: KeyEngine;
  readonly serviceKeys: ServiceKeySource;
  readonly restrictions: PendingRestrictions;
  readonly absentKeys: AbsentKeys;
  readonly turns: KeyTurns;
  readonly clock: GatewayClock;
  readonly random: (bytes: number) => Uint8Array;
  readonly logger: Logger;
}

const ATTEMPTS = 8;

/**
 * Does to the vault what the Core's answer to a delegated request says, in one transaction, before the answer is passed on:
 * the client's next request must find the key as the answer left it.
 */
export class DirectiveApplier {
  readonly #options: DirectiveApplierOptions;

  constructor(options: DirectiveApplierOptions) {
    this.#options = options;
  }

  /**
   * Resolves when all of it is durable. Rejects with the vault's errors; then nothing was done, and the events that follow
   * settle it.
   */
  async apply(directives: readonly Directive[], client: ClientIdentity): Promise<void> {
    if (directives.length === 0) return;
    const ends = this.#restrictAtOnce(directives, client);
    const uids = directives.flatMap(({ directive }) => directive?.value.uid ?? []);
    await this.#options.turns.take(client.tenantId, uids, () => this.#commit(directives, client));
    for (const end of ends) end();
  }

  async #commit(directives: readonly Directive[], client: ClientIdentity): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const transaction = await this.#transaction(directives, client);
      try {
        await this.#options.vault.commit(transaction);
        return;
      } catch (error) {
        if (!isRace(error) || attempt >= ATTEMPTS) throw error;
        await setImmediate();
      }
    }
  }

  /** What is taken away counts from now on, and goes on counting when the vault fails. */
  #restrictAtOnce(
    directives: readonly Directive[],
    client: ClientIdentity,
  ): readonly (() => void)[] {
    const { restrictions } = this.#options;
    return directives.flatMap(({ directive }) => {
      if (directive?.$case !== 'setState') return [];
      const { uid, state } = directive.value;
      if (!isKeyState(state) || state < KEY_STATE.deactivated) return [];
      return [restrictions.begin(client.tenantId, uid, state)];
    });
  }

  async #transaction(
    directives: readonly Directive[],
    client: ClientIdentity,
  ): Promise<VaultTransaction> {
    const keys = new Map<string, DirectedKey>();
    for (const { directive } of directives) {
      if (directive === undefined) continue;
      const { uid } = directive.value;
      const key = keys.get(uid) ?? (await this.#load(uid, client));
      keys.set(uid, key);
      key.take(directive);
    }
    const { engine, serviceKeys, logger, clock } = this.#options;
    const changes = [...keys.values()].map((key) => key.changes({ engine, serviceKeys, logger }));
    return {
      insert: changes.flatMap(({ insert = [] }) => insert),
      change: changes.flatMap(({ change = [] }) => change),
      purge: changes.flatMap(({ purge = [] }) => purge),
      quarantine: changes.flatMap(({ quarantine = [] }) => quarantine),
      states: new Map(changes.flatMap(({ states }) => [...(states ?? [])])),
      shred: changes.some(({ shred }) => shred === true),
      audit: directives.map((directive) => auditOf(directive, client, clock.now())),
    };
  }

  async #load(uid: string, client: ClientIdentity): Promise<DirectedKey> {
    const { vault, absentKeys, clock, random } = this.#options;
    const { tenantId: tenant, serviceId: service } = client;
    const suspended = (await readSuspension(vault, tenant, uid)) !== undefined;
    const now = clock.now();
    return new DirectedKey({
      ...{ uid, tenant, service, now },
      row: await vault.get(tenant, uid),
      decided: suspended ? KEY_STATE.suspended : absentKeys.of(tenant, uid),
      newId: () => newInnerId(now, random),
    });
  }
}

function auditOf({ directive }: Directive, client: ClientIdentity, at: number): AuditEntry {
  return bounded({
    at,
    tenant: client.tenantId,
    service: client.serviceId,
    actor: 'core',
    operation: `directive ${directive?.$case ?? 'none'}`,
    uid: directive?.value.uid ?? '',
    outcome: `for ${clientName(client)}`,
    correlationId: '',
  });
}

function isRace(error: unknown): boolean {
  return (
    error instanceof BrokerError &&
    (error.code === 'VAULT_CONFLICT' || error.code === 'VAULT_UID_TAKEN')
  );
}
