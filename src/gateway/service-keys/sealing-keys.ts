import type { SealingKey, ServiceKeys } from '../../crypto/provider.ts';
import { BrokerError } from '../../errors/index.ts';
import {
  SealingScheme,
  type SealingKey as OfferedKey,
} from '../../generated/cryptobroker/gateway/v1/uplink.ts';

/** Where the long-lived sealing key is; absent: there is none, and no grant outlives the process. */
export interface SealingKeyFile {
  readonly path: string;
  readonly passphrase?: Uint8Array;
}

/**
 * The keys that service keys may be sealed to: one for this start alone, and the one in the file. A Core that keeps a
 * service's grants out of the Gateway's cache seals them to the first, so that a disk taken later opens nothing.
 */
export class SealingKeys {
  readonly #keys: ReadonlyMap<string, { readonly key: SealingKey; readonly ephemeral: boolean }>;

  private constructor(longLived: SealingKey | undefined, ephemeral: SealingKey) {
    const entries = [
      ...(longLived === undefined ? [] : [{ key: longLived, ephemeral: false }]),
      { key: ephemeral, ephemeral: true },
    ];
    this.#keys = new Map(entries.map((entry) => [hex(entry.key.keyId), entry]));
  }

  /**
   * Makes the key of this start, and reads the one in the file or makes it on first use. KEY_FILE_UNUSABLE when there is a
   * file that is not to be used; it is never overwritten.
   */
  static open(serviceKeys: ServiceKeys, file: SealingKeyFile | undefined): SealingKeys {
    const longLived = file === undefined ? undefined : loadOrMake(serviceKeys, file);
    return new SealingKeys(longLived, serviceKeys.generateSealingKey());
  }

  /** Hexadecimal key ids. */
  get ids(): ReadonlySet<string> {
    return new Set(this.#keys.keys());
  }

  find(id: string): SealingKey | undefined {
    return this.#keys.get(id)?.key;
  }

  /** True when a grant that is sealed to this key can be opened after a restart. */
  outlivesProcess(id: string): boolean {
    return this.#keys.get(id)?.ephemeral === false;
  }

  /** As the Core is told of them, the long-lived one first. */
  offers(): OfferedKey[] {
    return [...this.#keys.values()].map(({ key, ephemeral }) => ({
      keyId: key.keyId,
      scheme: SealingScheme.SEALING_SCHEME_ECDH_P384_KW,
      spkiDer: key.publicKey,
      bootEphemeral: ephemeral,
    }));
  }

  drop(): void {
    for (const { key } of this.#keys.values()) key.drop();
  }
}

function loadOrMake(serviceKeys: ServiceKeys, file: SealingKeyFile): SealingKey {
  try {
    return serviceKeys.loadSealingKey(file.path, file.passphrase);
  } catch (error) {
    if (!(error instanceof BrokerError) || error.code !== 'KEY_FILE_UNUSABLE') throw error;
    return makeWhereNoneIs(serviceKeys, file, error);
  }
}

/** A file that is there and cannot be used stays, and so does the first error: only its owner knows what is in it. */
function makeWhereNoneIs(
  serviceKeys: ServiceKeys,
  file: SealingKeyFile,
  unusable: BrokerError,
): SealingKey {
  const key = serviceKeys.generateSealingKey();
  try {
    serviceKeys.saveSealingKey(key, file.path, file.passphrase);
    return key;
  } catch (error) {
    key.drop();
    throw error instanceof BrokerError && error.code === 'KEY_FILE_EXISTS' ? unusable : error;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
