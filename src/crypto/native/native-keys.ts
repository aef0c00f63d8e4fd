import { BrokerError } from '../../errors/index.ts';
import type { SealingKey, ServiceKey, SigningKey, WrappingKey } from '../provider.ts';
import type { NativeDrop, NativeHandle } from '../../addon/addon.ts';

/** A key in the core's memory. Shows nothing of it: the handle is an External behind a private name. */
abstract class NativeKey {
  readonly #handle: NativeHandle;
  readonly #wipe: NativeDrop;

  /** `wipe` is the addon's function that drops a handle of this kind. */
  protected constructor(handle: NativeHandle, wipe: NativeDrop) {
    this.#handle = handle;
    this.#wipe = wipe;
  }

  drop(): void {
    this.#wipe(this.#handle);
  }

  /** The handle behind `key`, or INPUT_INVALID when that is no key of this kind and provider. */
  protected static open(
    key: unknown,
    kind: abstract new (...members: never[]) => NativeKey,
    field: string,
    noun: string,
  ): NativeHandle {
    if (!(key instanceof kind)) {
      throw new BrokerError('INPUT_INVALID', `not a ${noun} of this provider`, { field });
    }
    return key.#handle;
  }
}

export class NativeWrappingKey extends NativeKey implements WrappingKey {
  readonly algorithm = 'AES';
  readonly bits: number;

  constructor(handle: NativeHandle, wipe: NativeDrop, bits: number) {
    super(handle, wipe);
    this.bits = bits;
  }

  static handleOf(key: WrappingKey, field = 'kek'): NativeHandle {
    return NativeKey.open(key, NativeWrappingKey, field, 'wrapping key');
  }
}

export class NativeServiceKey extends NativeKey implements ServiceKey {
  readonly checkValue: Uint8Array;

  constructor(handle: NativeHandle, wipe: NativeDrop, checkValue: Uint8Array) {
    super(handle, wipe);
    this.checkValue = checkValue;
  }

  static handleOf(key: ServiceKey): NativeHandle {
    return NativeKey.open(key, NativeServiceKey, 'key', 'service key');
  }
}

export class NativeSealingKey extends NativeKey implements SealingKey {
  readonly publicKey: Uint8Array;
  readonly keyId: Uint8Array;

  constructor(handle: NativeHandle, wipe: NativeDrop, publicKey: Uint8Array, keyId: Uint8Array) {
    super(handle, wipe);
    this.publicKey = publicKey;
    this.keyId = keyId;
  }

  static handleOf(key: SealingKey): NativeHandle {
    return NativeKey.open(key, NativeSealingKey, 'key', 'sealing key');
  }
}

export class NativeSigningKey extends NativeKey implements SigningKey {
  readonly publicKey: Uint8Array;

  constructor(handle: NativeHandle, wipe: NativeDrop, publicKey: Uint8Array) {
    super(handle, wipe);
    this.publicKey = publicKey;
  }

  static handleOf(key: SigningKey): NativeHandle {
    return NativeKey.open(key, NativeSigningKey, 'key', 'signing key');
  }
}
