import type { Logger } from '../../telemetry/logger.ts';
import type { AuditEntry, KeyRow, Vault } from '../../vault/index.ts';

export interface QuarantineOptions {
  readonly vault: Vault;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Takes keys out of service that are not what was stored, or that the Core refused: at once here, then in the vault. */
export class Quarantine {
  readonly #options: QuarantineOptions;
  /** Rows whose mark is not durable yet. */
  readonly #marking = new Set<string>();

  constructor(options: QuarantineOptions) {
    this.#options = options;
  }

  holds(row: Pick<KeyRow, 'tenant' | 'uid' | 'quarantine'>): boolean {
    if (row.quarantine !== undefined) return true;
    // Nearly always empty, and asked several times a Get.
    return this.#marking.size > 0 && this.#marking.has(name(row));
  }

  /** Marks the row and raises the alarm. Rejects when the mark cannot be written; the row stays out of service all the same. */
  async add(
    row: Pick<KeyRow, 'tenant' | 'service' | 'uid'>,
    reason: string,
    actor = 'gateway',
  ): Promise<void> {
    const { tenant, service, uid } = row;
    const { vault, logger, now } = this.#options;
    this.#marking.add(name(row));
    logger.error('key quarantined', { tenantId: tenant, serviceId: service, uid, reason });
    const audit: AuditEntry = {
      ...{ at: now(), tenant, service, actor, operation: 'Quarantine', uid },
      ...{ outcome: reason, correlationId: '' },
    };
    await vault.commit({ quarantine: [{ tenant, uid, reason }], audit: [audit] });
    // From here on the row itself says so.
    this.#marking.delete(name(row));
  }

  /** As `add`, for callers that cannot wait. */
  addSoon(row: Pick<KeyRow, 'tenant' | 'service' | 'uid'>, reason: string): void {
    this.add(row, reason).catch((error: unknown) => {
      this.#options.logger.error('quarantine not written', {
        uid: row.uid,
        reason: error instanceof Error ? error.message : String(error),
      });
    });
  }
}

function name({ tenant, uid }: Pick<KeyRow, 'tenant' | 'uid'>): string {
  return `${tenant}\0${uid}`;
}
