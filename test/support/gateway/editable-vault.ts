import { randomUUID } from 'node:crypto';
import type { BrokerError } from '../../../src/errors/index.ts';
import {
  MemoryVault,
  type KeyRow,
  type LocatePage,
  type LocateQuery,
  type ScanQuery,
  type VaultTransaction,
} from '../../../src/vault/index.ts';

/** A vault that can be edited behind the Gateway's back, read as it would be then, and made to fail. */
export class EditableVault extends MemoryVault {
  readonly #edits = new Map<string, Partial<KeyRow>>();
  /** What the next commits fail with. */
  failure: BrokerError | undefined;
  /** Called before each commit. */
  onCommit: ((transaction: VaultTransaction) => void | Promise<void>) | undefined;

  constructor() {
    super({ vaultId: randomUUID() });
  }

  /** Sets fields of a row without asking anybody. */
  edit(uid: string, changes: Partial<KeyRow>): void {
    this.#edits.set(uid, { ...this.#edits.get(uid), ...changes });
  }

  /** A row as it is stored, without edits. */
  async stored(tenant: string, uid: string): Promise<KeyRow | undefined> {
    return await super.get(tenant, uid);
  }

  override async commit(transaction: VaultTransaction): Promise<void> {
    await this.onCommit?.(transaction);
    if (this.failure !== undefined) throw this.failure;
    await super.commit(transaction);
  }

  override async get(tenant: string, uid: string): Promise<KeyRow | undefined> {
    const row = await super.get(tenant, uid);
    return row && this.#edited(row);
  }

  override async locate(query: LocateQuery): Promise<LocatePage> {
    const page = await super.locate(query);
    return { ...page, rows: page.rows.map((row) => this.#edited(row)) };
  }

  override async scan(query: ScanQuery): Promise<readonly KeyRow[]> {
    return (await super.scan(query)).map((row) => this.#edited(row));
  }

  #edited(row: KeyRow): KeyRow {
    const edits = this.#edits.get(row.uid);
    return edits === undefined ? row : { ...row, ...edits };
  }
}
