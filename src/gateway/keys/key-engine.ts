import type {
  CryptoProvider,
  DataKeys,
  ServiceKey,
  WrappedDataKey,
} from '../../crypto/provider.ts';
import { BrokerError } from '../../errors/index.ts';
import { isGuessable, NO_DIGEST } from '../../kmip/attributes/guessable-objects.ts';
import type { KeyRow, KeyState, WrappedBytes } from '../../vault/index.ts';
import type { UnusableServiceKey, UsableServiceKey } from '../service-keys/service-key-cache.ts';
import { isDestroyed } from './key-state.ts';
import { encodeRowHeader, type RowHeader } from './row-header.ts';

/** Where service keys come from. */
export interface ServiceKeySource {
  wrapping(tenantId: string, serviceId: string): UsableServiceKey | UnusableServiceKey;
  reading(
    row: Pick<KeyRow, 'tenant' | 'service' | 'serviceKeyId' | 'serviceKeyVersion'>,
  ): UsableServiceKey | UnusableServiceKey;
}

/** Everything of a new row that is not made by wrapping it. */
export type KeyDraft = Pick<
  KeyRow,
  'id' | 'uid' | 'tenant' | 'service' | 'objectType' | 'state' | 'attributes' | 'createdAt'
>;

/** What of a row may change in its life. */
export type KeyChange = Pick<KeyRow, 'state' | 'attributes'>;

const DIGEST_BYTES = 32;

/**
 * In the place of a MAC where there is no key: there is nothing to bind, and an empty MAC would ask for binding. A state that
 * is set back on such a row finds neither wrapped bytes nor a MAC that fits.
 */
const NO_KEY_MAC = new Uint8Array(DIGEST_BYTES);
const NOTHING = new Uint8Array() as WrappedBytes;

/** Makes, binds and reads vault rows with the data keys of the crypto core. Knows no vault; throws its BrokerErrors. */
export class KeyEngine {
  readonly #dataKeys: DataKeys;
  readonly #digests: CryptoProvider['digests'];
  /** Headers of rows that were looked at: a row does not change, and a Get looks twice. */
  readonly #headers = new WeakMap<KeyRow, Uint8Array>();
  /** By which service key a row in memory was found right. What is kept of a vault is asked for again and again. */
  readonly #verified = new WeakMap<KeyRow, ServiceKey>();

  constructor(provider: Pick<CryptoProvider, 'dataKeys' | 'digests'>) {
    this.#dataKeys = provider.dataKeys;
    this.#digests = provider.digests;
  }

  /** A row with a new random key of so many bits. */
  create(draft: KeyDraft, bits: number, under: UsableServiceKey): KeyRow {
    const row = begin(draft, under);
    const made = this.#dataKeys.create(under.key, bits, this.header(row));
    return filled(row, made);
  }

  /**
   * A row for a key that the Core wrapped under the same service key. UNWRAP_FAILED when it did not. The digest of a value
   * that could be guessed is not kept.
   */
  adopt(draft: KeyDraft, wrapped: Uint8Array, under: UsableServiceKey): KeyRow {
    const row = begin(draft, under);
    const header = this.header(row);
    const adopted = this.#dataKeys.adopt(under.key, wrapped, header);
    if (!isGuessable(row.objectType)) return filled(row, adopted);
    const bound = { wrapped: adopted.wrapped, digest: NO_DIGEST };
    return filled(row, { ...bound, mac: this.#dataKeys.bind(under.key, bound, header) });
  }

  /** A row for a key that is gone already: it keeps the uid from being used again. */
  tombstone(draft: KeyDraft, under: Pick<KeyRow, 'serviceKeyId' | 'serviceKeyVersion'>): KeyRow {
    const { serviceKeyId, serviceKeyVersion } = under;
    return {
      ...{ ...draft, serviceKeyId, serviceKeyVersion, revision: 1, wrapped: NOTHING },
      digest: NO_DIGEST,
      mac: NO_KEY_MAC,
    };
  }

  /**
   * The row after a change, one revision further. With its service key at hand the old MAC is checked first
   * (DATA_KEY_TAMPERED); without, the new one stays empty until the service key is back. A destroyed key loses its bytes.
   */
  changed(row: KeyRow, change: KeyChange, under: UsableServiceKey | undefined): KeyRow {
    const next: KeyRow = { ...row, ...change, revision: row.revision + 1 };
    if (isDestroyed(change.state)) return { ...next, wrapped: NOTHING, mac: NO_KEY_MAC };
    if (row.quarantine !== undefined) return next;
    if (row.mac.length === 0 || under === undefined) return { ...next, mac: new Uint8Array() };
    const mac = this.#dataKeys.rebind(under.key, row, this.header(row), this.header(next));
    return { ...next, mac };
  }

  /** The row bound again, one revision further, after the MAC of an earlier header of it was found right: DATA_KEY_TAMPERED. */
  bound(
    row: KeyRow,
    earlier: { readonly header: Uint8Array; readonly mac: Uint8Array },
    under: UsableServiceKey,
  ): KeyRow {
    const next: KeyRow = { ...row, revision: row.revision + 1 };
    const before: WrappedDataKey = { ...row, mac: earlier.mac };
    const mac = this.#dataKeys.rebind(under.key, before, earlier.header, this.header(next));
    return { ...next, mac };
  }

  /** Throws DATA_KEY_TAMPERED when anything of the row is not what was bound. */
  verify(row: KeyRow, under: UsableServiceKey): void {
    if (this.#verified.get(row) === under.key) return;
    this.#dataKeys.verify(under.key, row, this.#headerOf(row));
    this.#verified.set(row, under.key);
  }

  /**
   * Writes the key into `target` at `offset` and returns its length in bytes. DATA_KEY_TAMPERED, OUTPUT_TOO_SMALL;
   * `target` is then unchanged.
   */
  read(row: KeyRow, under: UsableServiceKey, target: Uint8Array, offset: number): number {
    return this.#dataKeys.read(under.key, row, this.#headerOf(row), target, offset);
  }

  /** The row's header bytes as its MAC covers them. */
  header(row: Omit<RowHeader, 'attributesDigest'> & Pick<KeyRow, 'attributes'>): Uint8Array {
    const attributesDigest = new Uint8Array(DIGEST_BYTES);
    this.#digests.into('sha-256', row.attributes, attributesDigest);
    return encodeRowHeader({ ...row, attributesDigest });
  }

  #headerOf(row: KeyRow): Uint8Array {
    const known = this.#headers.get(row);
    if (known !== undefined) return known;
    const header = this.header(row);
    this.#headers.set(row, header);
    return header;
  }
}

/** True when an error says that a row is not what was stored. */
export function isTampered(error: unknown): boolean {
  return error instanceof BrokerError && TAMPERED.has(error.code);
}

/** A MAC that fits over bytes that do not unwrap cannot be; it is taken for the same. */
const TAMPERED: ReadonlySet<string> = new Set(['DATA_KEY_TAMPERED', 'UNWRAP_FAILED']);

type Begun = Omit<KeyRow, 'wrapped' | 'digest' | 'mac'> & { readonly state: KeyState };

function begin(draft: KeyDraft, under: UsableServiceKey): Begun {
  const { serviceKeyId, version } = under;
  return { ...draft, revision: 1, serviceKeyId, serviceKeyVersion: version };
}

function filled(row: Begun, { wrapped, digest, mac }: WrappedDataKey): KeyRow {
  // The one place where bytes are called wrapped: they come from the crypto core.
  return { ...row, wrapped: wrapped as WrappedBytes, digest, mac };
}
