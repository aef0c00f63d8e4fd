import { setImmediate } from 'node:timers/promises';
import { BrokerError } from '../../errors/index.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { KeyRow, Vault } from '../../vault/index.ts';
import type { KeyEngine, ServiceKeySource } from './key-engine.ts';
import { isTampered } from './key-engine.ts';
import { absorbing, moreSevere } from './key-state.ts';
import type { Quarantine } from './quarantine.ts';
import { decodeRowHeader, type RowHeader } from './row-header.ts';
import { searchable } from './stored-key.ts';
import { proofName, readProof, type UnboundProof } from './unbound-proof.ts';

export interface RowBinderOptions {
  readonly vault: Vault;
  readonly engine: KeyEngine;
  readonly serviceKeys: ServiceKeySource;
  readonly quarantine: Quarantine;
  readonly logger: Logger;
}

const PAGE = 200;

/**
 * Binds rows again that were changed while their service key was away. What is bound must go back to a header whose MAC
 * fits: same key bytes, same identity. State may only have become stricter since; attributes are taken as they stand, so
 * between such a change and the return of the service key whoever can write the vault can still change those.
 */
export class RowBinder {
  readonly #options: RowBinderOptions;

  constructor(options: RowBinderOptions) {
    this.#options = options;
  }

  /**
   * The row as it is bound now; undefined when it cannot be: the service key is away, somebody else changed it meanwhile,
   * or it is not what was stored, and quarantined.
   */
  async bind(row: KeyRow): Promise<KeyRow | undefined> {
    const { vault, engine, serviceKeys, quarantine } = this.#options;
    const under = serviceKeys.reading(row);
    if (!under.usable) return undefined;
    const proof = await readProof(vault, row);
    const earlier = proof === undefined ? undefined : earlierHeader(row, proof);
    if (proof === undefined || earlier === undefined) {
      await quarantine.add(row, 'its binding is missing');
      return undefined;
    }
    try {
      const state = absorbing(earlier.state, moreSevere(earlier.state, row.state));
      const bound = engine.bound({ ...row, state }, proof, under);
      await vault.commit({
        change: [{ ...searchable(bound), expectedRevision: row.revision }],
        states: new Map([[proofName(row), undefined]]),
      });
      return bound;
    } catch (error) {
      if (isTampered(error)) {
        await quarantine.add(row, 'its MAC does not fit');
        return undefined;
      }
      if (error instanceof BrokerError && error.code === 'VAULT_CONFLICT') return undefined;
      throw error;
    }
  }

  /** Binds everything that waits for one version of a service key, in the background. Never rejects. */
  async bindAll(serviceKeyId: string, serviceKeyVersion: number): Promise<void> {
    const { vault, logger } = this.#options;
    try {
      let bound = 0;
      let after: Uint8Array | undefined;
      for (;;) {
        const rows = await vault.scan({
          ...{ serviceKeyId, serviceKeyVersion, unbound: true, limit: PAGE },
          ...(after && { after }),
        });
        for (const row of rows) {
          if (row.quarantine === undefined && (await this.bind(row)) !== undefined) bound += 1;
        }
        after = rows.at(-1)?.id;
        if (rows.length < PAGE) break;
        // Requests come first.
        await setImmediate();
      }
      if (bound > 0) logger.info('changed keys bound again', { keys: bound });
    } catch (error) {
      logger.error('changed keys not bound', {
        serviceKeyId,
        serviceKeyVersion,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
}

/** The header in the proof, when it is one of this row at an earlier time. */
function earlierHeader(row: KeyRow, proof: UnboundProof): RowHeader | undefined {
  let header: RowHeader;
  try {
    header = decodeRowHeader(proof.header);
  } catch {
    return undefined;
  }
  const same =
    header.tenant === row.tenant &&
    header.service === row.service &&
    header.uid === row.uid &&
    header.objectType === row.objectType &&
    header.serviceKeyId === row.serviceKeyId &&
    header.serviceKeyVersion === row.serviceKeyVersion &&
    header.createdAt === row.createdAt &&
    header.revision < row.revision;
  return same ? header : undefined;
}
