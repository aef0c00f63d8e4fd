import type { Logger } from '../../telemetry/logger.ts';
import { VAULT_LIMITS, type Vault } from '../../vault/index.ts';

export interface AuditRetentionOptions {
  readonly vault: Pick<Vault, 'audit' | 'forgetAudit'>;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Days that entries are kept; 0: for good. */
  readonly days: number;
}

const DAY_MS = 86_400_000;

/** Entries of one step, which blocks reads for a few milliseconds, and steps of one turn. */
const STEP = VAULT_LIMITS.page;
const STEPS = 60;

/**
 * Forgets audit entries that are older than they are to be kept, the oldest first, in small steps. Where the clock was set
 * back, an entry waits for those before it: the chain has no holes.
 */
export class AuditRetention {
  readonly #options: AuditRetentionOptions;
  #running = false;

  constructor(options: AuditRetentionOptions) {
    this.#options = options;
  }

  /** To be called now and then: forgets what is too old by now, a bounded number. Rejects when the vault does not take it. */
  async forgetOld(): Promise<void> {
    const { days, now, logger } = this.#options;
    if (days === 0 || this.#running) return;
    this.#running = true;
    let forgotten = 0;
    try {
      const before = now() - days * DAY_MS;
      for (let step = 0; step < STEPS; step += 1) {
        const entries = await this.#forgetStep(before);
        if (entries === 0) break;
        forgotten += entries;
      }
    } finally {
      this.#running = false;
      if (forgotten > 0) logger.info('old audit entries forgotten', { entries: forgotten, days });
    }
  }

  async #forgetStep(before: number): Promise<number> {
    const { vault } = this.#options;
    // Nearly always there is nothing to do, which one row tells.
    const [oldest] = await vault.audit({ after: 0, limit: 1 });
    if (oldest === undefined || oldest.at >= before) return 0;
    const rows = await vault.audit({ after: 0, limit: STEP });
    const kept = rows.findIndex(({ at }) => at >= before);
    const last = kept < 0 ? rows.at(-1) : rows[kept - 1];
    if (last === undefined) return 0;
    await vault.forgetAudit(last.sequence);
    return last.sequence - oldest.sequence + 1;
  }
}
