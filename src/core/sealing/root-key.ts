import type { CryptoProvider, SigningKey, WrappingKey } from '../../crypto/provider.ts';
import { BrokerError } from '../../errors/index.ts';
import type { CoreStore } from '../store/core-store.ts';
import type { RootSealer } from './root-sealer.ts';

/** What the root secret opens. */
export interface RootKeys {
  readonly root: WrappingKey;
  /** Signs grants and governance. */
  readonly grantKey: SigningKey;
  drop(): void;
}

/**
 * Unseals the root key and proves it right: at the first start by making the grant key below it, later by unwrapping that
 * key. Throws ROOT_SECRET_WRONG when the database was made under another root secret.
 */
export function openRootKeys(options: RootKeyOptions): RootKeys {
  const root = options.sealer.unseal(options.provider.keyWrap);
  try {
    const grantKey = openGrantKey(root, options);
    return {
      root,
      grantKey,
      drop: () => {
        grantKey.drop();
        root.drop();
      },
    };
  } catch (error) {
    root.drop();
    throw error;
  }
}

export interface RootKeyOptions {
  readonly sealer: RootSealer;
  readonly provider: CryptoProvider;
  readonly store: CoreStore;
  readonly newId: () => string;
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

function openGrantKey(root: WrappingKey, options: RootKeyOptions): SigningKey {
  const { provider, store } = options;
  const record = store.core.get();
  if (record !== undefined) return unwrapGrantKey(provider, root, record.grantKey);
  const { key, wrapped } = provider.signingKeys.generate(root);
  store.transaction(() => {
    store.core.insert(options.newId(), options.region, wrapped, options.now);
  });
  return key;
}

function unwrapGrantKey(
  provider: CryptoProvider,
  root: WrappingKey,
  wrapped: Uint8Array,
): SigningKey {
  try {
    return provider.signingKeys.unwrap(root, wrapped);
  } catch (error) {
    if (!(error instanceof BrokerError && error.code === 'UNWRAP_FAILED')) throw error;
    throw new BrokerError(
      'ROOT_SECRET_WRONG',
      'the core store was made under another root secret',
      {
        cause: error,
      },
    );
  }
}
