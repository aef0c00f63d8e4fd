import type { Vault } from '../../vault/index.ts';
import { decodeObject, encodeObject } from '../stored-object.ts';

/** What the Core did to a tenant. Revoked is for ever. */
export type TenantBlock = 'suspended' | 'revoked';

interface BlockRecord {
  readonly tenantId: string;
  readonly block: TenantBlock | undefined;
  /** When the Core decided it, milliseconds since 1970. */
  readonly at: number;
}

const PREFIX = 'tenant/';
/** Stands for every tenant: the Gateway was taken out of service. */
const DECOMMISSIONED = 'decommissioned';

/** Tenants that are not served. Changes count at once and are returned for the vault. */
export class TenantBlocks {
  readonly #records = new Map<string, BlockRecord>();
  #decommissioned = false;

  async restore(vault: Vault): Promise<void> {
    for (const value of (await vault.readStates(PREFIX)).values()) {
      const { tenantId, block, at } = decodeObject(value);
      if (typeof tenantId !== 'string' || typeof at !== 'number') continue;
      // Anything but the two words is read as the stronger: the note was made to deny.
      const known = block === undefined || block === 'suspended' ? block : 'revoked';
      this.#records.set(tenantId, { tenantId, block: known, at });
    }
    this.#decommissioned = (await vault.readState(DECOMMISSIONED)) !== undefined;
  }

  get decommissioned(): boolean {
    return this.#decommissioned;
  }

  isBlocked(tenantId: string): boolean {
    return this.#decommissioned || this.blockOf(tenantId) !== undefined;
  }

  blockOf(tenantId: string): TenantBlock | undefined {
    return this.#records.get(tenantId)?.block;
  }

  /**
   * True when a grant for the tenant, issued at this time (milliseconds since 1970), is not to be taken. One that the Core
   * issued after a suspension says that the suspension is over, whatever has still to come to say so.
   */
  refusesGrant(tenantId: string, issuedAt: number): boolean {
    const record = this.#records.get(tenantId);
    if (this.#decommissioned || record?.block === 'revoked') return true;
    return record?.block === 'suspended' && issuedAt <= record.at;
  }

  block(tenantId: string, block: TenantBlock, at: number): ReadonlyMap<string, Uint8Array> {
    const before = this.#records.get(tenantId);
    return this.#write({
      tenantId,
      block: before?.block === 'revoked' ? 'revoked' : block,
      at: Math.max(before?.at ?? 0, at),
    });
  }

  /** Ends a suspension that is older; undefined when there is none to end. */
  restoreTenant(tenantId: string, at: number): ReadonlyMap<string, Uint8Array> | undefined {
    const before = this.#records.get(tenantId);
    if (before?.block !== 'suspended' || before.at >= at) return undefined;
    return this.#write({ tenantId, block: undefined, at });
  }

  decommission(): ReadonlyMap<string, Uint8Array> {
    this.#decommissioned = true;
    return new Map([[DECOMMISSIONED, new Uint8Array([1])]]);
  }

  /** The Core has enrolled this Gateway again. */
  recommission(): ReadonlyMap<string, undefined> {
    this.#decommissioned = false;
    return new Map([[DECOMMISSIONED, undefined]]);
  }

  #write(record: BlockRecord): ReadonlyMap<string, Uint8Array> {
    this.#records.set(record.tenantId, record);
    return new Map([[`${PREFIX}${record.tenantId}`, encodeObject({ ...record })]]);
  }
}
