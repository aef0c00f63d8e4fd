import { KmipFailure } from '../../kmip/failure.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { VAULT_LIMITS, type AuditEntry, type Vault } from '../../vault/index.ts';

export interface AuditTrailOptions {
  readonly vault: Vault;
  readonly logger: Logger;
  /** Milliseconds that entries gather before they are written; default 50. */
  readonly gatherMs?: number;
  /** Entries that may wait; default 10,000. */
  readonly capacity?: number;
}

const GATHER_MS = 50;
const RETRY_MS = 1000;
const CAPACITY = 10_000;

/**
 * The audit of reads and refusals: entries gather for a moment in memory, bounded, and are written together. A Get does not
 * wait for the disk; when the disk takes nothing any more and the room is used up, services that must be audited are
 * refused. What changes something writes its entry in its own transaction and does not come here.
 */
export class AuditTrail {
  readonly #options: AuditTrailOptions;
  #waiting: AuditEntry[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #dropped = 0;

  constructor(options: AuditTrailOptions) {
    this.#options = options;
  }

  /** Entries that are not durable yet. */
  get depth(): number {
    return this.#waiting.length;
  }

  /** Throws KmipFailure when the entry is required and there is no room; one that is not is then dropped and counted. */
  note(entry: AuditEntry, required: boolean): void {
    if (this.#waiting.length >= (this.#options.capacity ?? CAPACITY)) {
      if (required) throw new KmipFailure('generalFailure', 'the audit cannot be written');
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(bounded(entry));
    this.#flushAfter(this.#options.gatherMs ?? GATHER_MS);
  }

  /** Writes what waits. Rejects when the vault does not take it; the entries then wait on. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing.catch(() => undefined);
    this.#writing = this.#writeAll();
    try {
      await this.#writing;
    } finally {
      this.#writing = undefined;
    }
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const audit = this.#waiting.slice(0, VAULT_LIMITS.entries);
      try {
        await this.#options.vault.commit({ audit });
      } catch (error) {
        this.#options.logger.error('audit not written', {
          waiting: this.#waiting.length,
          reason: error instanceof Error ? error.message : String(error),
        });
        this.#flushAfter(RETRY_MS);
        throw error;
      }
      this.#waiting = this.#waiting.slice(audit.length);
    }
    if (this.#dropped > 0) {
      this.#options.logger.warn('audit entries were dropped', { entries: this.#dropped });
      this.#dropped = 0;
    }
  }

  #flushAfter(milliseconds: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // What goes wrong is logged, and tried again.
      this.flush().catch(() => undefined);
    }, milliseconds).unref();
  }
}

/** An entry that the vault takes: names from certificates may be longer than it keeps. */
export function bounded(entry: AuditEntry): AuditEntry {
  const cut = (text: string): string => text.slice(0, VAULT_LIMITS.text);
  return {
    at: entry.at,
    tenant: cut(entry.tenant),
    service: cut(entry.service),
    actor: cut(entry.actor),
    operation: cut(entry.operation),
    uid: cut(entry.uid),
    outcome: cut(entry.outcome),
    correlationId: cut(entry.correlationId),
  };
}
