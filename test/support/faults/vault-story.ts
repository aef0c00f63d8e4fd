import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import { BrokerError } from '../../../src/errors/index.ts';
import { checkVault, SqliteVault, type KeyRow } from '../../../src/vault/index.ts';
import {
  auditEntry,
  changed,
  fingerprint,
  keyRow,
  newKey,
  outboxEntry,
  wrappedBytes,
} from '../vault-keys.ts';

/** How a story ended under its fault. */
export type Ending = 'refused to open' | 'failed commits' | 'unharmed';

const UID = process.getuid?.() ?? 0;

/** What may come of a file operation that fails; what cannot be read when a vault is opened counts as damage. */
const EXPECTED: readonly string[] = ['VAULT_DISK_FULL', 'VAULT_UNAVAILABLE'];
const EXPECTED_AT_OPENING: readonly string[] = [...EXPECTED, 'VAULT_UNUSABLE', 'VAULT_DAMAGED'];

/** A small life of a vault, told while one of its file operations fails, and looked into afterwards. */
export class VaultStory {
  readonly #path: string;
  readonly #tellWrong: (what: string) => void;
  #vault: SqliteVault | undefined;
  #failed = false;
  /** Rows as they were acknowledged last, and as they were tried to be after that, by uid. */
  readonly #acknowledged = new Map<string, KeyRow>();
  readonly #tried = new Map<string, KeyRow[]>();

  /** `directory` must not exist. `tellWrong` is told what should never be. */
  constructor(directory: string, tellWrong: (what: string) => void) {
    this.#path = join(directory, 'vault.db');
    this.#tellWrong = tellWrong;
  }

  /** Opens the vault, makes, changes and destroys keys, and closes it if asked to. Never throws. */
  async tell({ close }: { readonly close: boolean }): Promise<Ending> {
    this.#vault = await this.#open().catch((error: unknown) => {
      this.#expect(error, EXPECTED_AT_OPENING);
      return undefined;
    });
    if (this.#vault === undefined) return 'refused to open';
    const first = keyRow();
    await this.#insert(first);
    await Promise.all(Array.from({ length: 5 }, () => this.#insert(keyRow())));
    await this.#change(first, { state: 3 });
    await this.#change(first, { state: 5, wrapped: wrappedBytes(Buffer.alloc(0)) });
    await this.#attempt(() => this.#vault?.acknowledgeOutbox(0));
    if (close) {
      await this.#attempt(() => this.#vault?.close());
      this.#vault = undefined;
    }
    return this.#failed ? 'failed commits' : 'unharmed';
  }

  /** Looks, when files work again, whether everything acknowledged is there, and the vault as good as before. */
  async verify(): Promise<void> {
    if (this.#vault !== undefined) {
      await this.#goOn(this.#vault, 'goes on');
      await this.#vault.close();
    }
    const vault = await this.#open();
    await this.#goOn(vault, 'opens again');
    await vault.close();
    const { findings } = checkVault(this.#path, { uid: UID });
    for (const { kind, message } of findings) this.#tellWrong(`check: ${kind}: ${message}`);
  }

  async #goOn(vault: SqliteVault, when: string): Promise<void> {
    const next = newKey();
    this.#tried.set(next.row.uid, [next.row]);
    try {
      await vault.commit({ insert: [next], outbox: [outboxEntry(next.row.uid)] });
      this.#acknowledged.set(next.row.uid, next.row);
    } catch (error) {
      this.#tellWrong(`${when}: a commit fails: ${String(error)}`);
    }
    let keys = 0;
    for (const [uid, tried] of this.#tried) {
      const found = await vault.get('tenant-a', uid);
      if (found !== undefined) keys += 1;
      const acknowledged = this.#acknowledged.get(uid);
      const print = found === undefined ? undefined : fingerprint(found);
      const allowed = [acknowledged, ...tried].map((row) =>
        row === undefined ? undefined : fingerprint(row),
      );
      if (!allowed.includes(print)) {
        const state = found === undefined ? 'is lost' : 'is another';
        this.#tellWrong(`${when}: an acknowledged key ${state}`);
      }
    }
    const facts = await vault.facts();
    if (facts.keys !== keys || facts.outboxHead !== keys) {
      this.#tellWrong(`${when}: ${keys} keys, but ${JSON.stringify(facts)}`);
    }
  }

  async #insert(row: KeyRow): Promise<void> {
    const terms = [{ name: 'Name', value: row.uid }];
    this.#tried.set(row.uid, [row]);
    await this.#attempt(async () => {
      await this.#vault?.commit({
        insert: [{ row, terms }],
        outbox: [outboxEntry(row.uid)],
        audit: [auditEntry(row.uid)],
      });
      this.#acknowledge(row);
    });
  }

  /** Changes a key if it is there as it was acknowledged. */
  async #change({ uid }: KeyRow, changes: Partial<KeyRow>): Promise<void> {
    const before = this.#acknowledged.get(uid);
    if (before === undefined || this.#tried.get(uid)?.length !== 0) return;
    const change = changed(before, changes);
    this.#tried.set(uid, [change.row]);
    await this.#attempt(async () => {
      await this.#vault?.commit({ change: [change], shred: changes.state === 5 });
      this.#acknowledge(change.row);
    });
  }

  #acknowledge(row: KeyRow): void {
    this.#acknowledged.set(row.uid, row);
    this.#tried.set(row.uid, []);
  }

  async #attempt(work: () => Promise<void> | undefined): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#failed = true;
      this.#expect(error, EXPECTED);
    }
  }

  #expect(error: unknown, codes: readonly string[]): void {
    if (error instanceof BrokerError && codes.includes(error.code)) return;
    this.#tellWrong(`an unexpected failure: ${String(error)}`);
  }

  async #open(): Promise<SqliteVault> {
    return await SqliteVault.open({
      path: this.#path,
      uid: UID,
      newVaultId: randomUUID(),
      outboxLimit: 1000,
      minimumFreeBytes: 0,
      monotonic: () => performance.now(),
      notice: (notice) => {
        if (notice.kind === 'lost') this.#tellWrong(`the writer was lost: ${notice.reason}`);
      },
    });
  }
}
