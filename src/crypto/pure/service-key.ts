import { randomBytes } from 'node:crypto';

import { BrokerError } from '../../errors/index.ts';
import type { ServiceKey } from '../provider.ts';
import { invalid } from './invalid.ts';
import { pureMacs } from './macs.ts';

const KEY_LENGTH = 32;
const MAC_KEY_LENGTH = 32;
const CHECK_VALUE_LENGTH = 8;
/** A new purpose or algorithm gets a new label. */
const MAC_KEY_LABEL = Buffer.from('cryptobroker row mac v1', 'ascii');
const CHECK_VALUE_TEXT = Buffer.from('kcv', 'ascii');
const NO_CONTEXT = new Uint8Array(0);

/** A service key in ordinary Buffers, wiped on drop: see BufferWrappingKey. */
export class BufferServiceKey implements ServiceKey {
  readonly checkValue: Uint8Array;
  readonly #kek: Buffer;
  readonly #mac: Buffer;
  #dropped = false;

  private constructor(kek: Buffer) {
    this.#kek = kek;
    this.#mac = Buffer.from(
      pureMacs.kbkdf('sha-256', kek, MAC_KEY_LABEL, NO_CONTEXT, MAC_KEY_LENGTH),
    );
    this.checkValue = pureMacs
      .hmac('sha-256', this.#mac, CHECK_VALUE_TEXT)
      .slice(0, CHECK_VALUE_LENGTH);
  }

  static generate(): BufferServiceKey {
    return new BufferServiceKey(randomBytes(KEY_LENGTH));
  }

  /** Keeps `kek`, 32 bytes, as its own. */
  static takeOver(kek: Buffer): BufferServiceKey {
    return new BufferServiceKey(kek);
  }

  /** Key-encryption and MAC key, for this folder alone. A handle of another provider is INPUT_INVALID. */
  static bytesOf(key: ServiceKey): { readonly kek: Buffer; readonly mac: Buffer } {
    if (!(key instanceof BufferServiceKey)) invalid('key', 'not a service key of this provider');
    if (key.#dropped) throw new BrokerError('KEY_HANDLE_CLOSED', 'the service key was dropped');
    return { kek: key.#kek, mac: key.#mac };
  }

  drop(): void {
    this.#kek.fill(0);
    this.#mac.fill(0);
    this.#dropped = true;
  }
}
