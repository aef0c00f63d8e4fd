import type { KeyWrap, WrappingKey } from '../../crypto/provider.ts';

/**
 * What keeps the key above all tenants. Here it is a secret that the operator gives (`staticRootSealer`); a hardware module
 * or a cloud's key service would be another one.
 */
export interface RootSealer {
  /** The root key behind a handle, for as long as the Core runs. Called once at each start. */
  unseal(keyWrap: KeyWrap): WrappingKey;
}

export const ROOT_SECRET_BYTES = 32;

/** The root key is the secret itself. Takes `secret` over: it is wiped when the key was made of it. */
export function staticRootSealer(secret: Uint8Array): RootSealer {
  return { unseal: (keyWrap) => keyWrap.importKey(secret) };
}
