import {
  createNativeProvider,
  type NativeProvider,
} from '../../src/crypto/native/native-provider.ts';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import { createPureProvider } from '../../src/x509/pure-provider.ts';

let native: NativeProvider | undefined;
let pure: Promise<CryptoProvider> | undefined;

/** The native provider in FIPS mode, one for the test process. Rejects when it is not built: tests then fail, loudly. */
export function openNative(): Promise<NativeProvider> {
  return Promise.resolve().then(
    () => (native ??= createNativeProvider({ fips: 'required', poolThreads: 2 })),
  );
}

/** The native provider on OpenSSL's default provider. Not in a process that has called `openNative`. */
export function openNativeWithoutFips(): Promise<NativeProvider> {
  return Promise.resolve().then(
    () => (native ??= createNativeProvider({ fips: 'off', poolThreads: 2 })),
  );
}

/** The pure provider, one for the test process. */
export function openPure(): Promise<CryptoProvider> {
  return (pure ??= createPureProvider());
}
