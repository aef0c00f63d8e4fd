/** What a check looks after. */
export type FindingKind =
  /** Mode, owner or kind of a file. */
  | 'files'
  /** Not a vault, or of another version. */
  | 'version'
  /** The structure of the database file. */
  | 'damage'
  /** A row of a key. */
  | 'keys'
  /** The terms by which Locate finds keys. */
  | 'terms'
  | 'outbox'
  | 'audit';

/** One thing that is not as it should be. */
export interface Finding {
  readonly kind: FindingKind;
  /** Lower case, without full stop, key material or path of the host. */
  readonly message: string;
}

/** Most findings of one report: a file with more of them has one trouble, not many. */
const MAX_FINDINGS = 200;

/** Collects findings up to a bound, and counts the rest. */
export class Findings {
  readonly #kept: Finding[] = [];
  #left = 0;

  add(kind: FindingKind, message: string): void {
    if (this.#kept.length < MAX_FINDINGS) this.#kept.push({ kind, message });
    else this.#left += 1;
  }

  get list(): readonly Finding[] {
    return this.#kept;
  }

  /** Findings beyond the bound. */
  get left(): number {
    return this.#left;
  }
}
