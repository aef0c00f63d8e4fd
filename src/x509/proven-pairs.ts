import { createHash } from 'node:crypto';

const MAX_PAIRS = 256;

/**
 * CA keys and certificates whose signature the certificate's key has verified, by the SHA-256 of both documents. A key
 * document can hold a private number that does not belong to its public one; only a signature shows it, and one is
 * enough. Holds no secret.
 */
export class ProvenPairs {
  readonly #pairs = new Set<string>();

  /** The name of a pair: its documents as they were sent, the length of the first one first. */
  static identify(caKey: Uint8Array, caCertificate: Uint8Array): string {
    return createHash('sha256')
      .update(`${caKey.length}:`)
      .update(caKey)
      .update(caCertificate)
      .digest('base64');
  }

  has(pair: string): boolean {
    return this.#pairs.has(pair);
  }

  /** Remembers a pair, forgetting the oldest one when there are too many: it has to prove itself again. */
  add(pair: string): void {
    if (this.#pairs.size >= MAX_PAIRS) {
      const [oldest = ''] = this.#pairs;
      this.#pairs.delete(oldest);
    }
    this.#pairs.add(pair);
  }
}
