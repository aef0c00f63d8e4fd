import type { ClientTrust } from '../generated/cryptobroker/gateway/v1/uplink.ts';
import { recogniseClient, type ClientRefusal, type RecognisedClient } from './recognise-client.ts';
import { readTrust, type TrustedTenant } from './trusted-tenants.ts';

/** Recognises clients of one tenant at a time. */
export interface ClientVerifier {
  /** `chain` in DER, leaf first; `now` in milliseconds since 1970. Never throws for what is in the chain. */
  verify(
    chain: readonly Uint8Array[],
    trust: ClientTrust,
    now: number,
  ): RecognisedClient | { readonly refused: ClientRefusal };
}

/** Keeps what it has read of a tenant's trust for as long as the caller holds the very same object. */
export function createClientVerifier(): ClientVerifier {
  const known = new WeakMap<ClientTrust, readonly TrustedTenant[]>();
  return {
    verify(chain, trust, now) {
      const tenants = known.get(trust) ?? readTrust([trust]).tenants;
      known.set(trust, tenants);
      const recognition = recogniseClient(chain, tenants, now);
      return 'client' in recognition ? recognition.client : { refused: recognition.refused };
    },
  };
}
