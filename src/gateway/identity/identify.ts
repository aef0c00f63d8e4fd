import {
  recogniseClient,
  type CertificateFacts,
  type ClientRefusal,
  type TrustedTenant,
} from '../../client-trust/index.ts';
import type { ClientIdentity } from './client-identity.ts';

/** What is known of a connection beside its certificates. */
export type ConnectionFacts = Pick<
  ClientIdentity,
  'tlsVersion' | 'cipher' | 'peerAddress' | 'authenticatedAt'
>;

export type Identification =
  | { readonly client: ClientIdentity }
  | { readonly refused: ClientRefusal; readonly facts?: CertificateFacts };

/**
 * Who a connection speaks for: its verified certificates (DER, leaf first) and the tenants' rules decide, nothing that is
 * said inside the connection ever does.
 */
export function identify(
  chain: readonly Uint8Array[],
  tenants: readonly TrustedTenant[],
  connection: ConnectionFacts,
): Identification {
  const recognition = recogniseClient(chain, tenants, connection.authenticatedAt);
  if ('refused' in recognition) return recognition;
  const { tenantId, serviceId, operations, spiffeId } = recognition.client;
  const { subject, issuer, serial, spkiSha256 } = recognition.client;
  return {
    client: {
      ...{ tenantId, serviceId, operations, spiffeId, subject, issuer, serial, spkiSha256 },
      chain,
      ...connection,
    },
  };
}

/** Two identities may do the same: a connection of one may go on as the other. */
export function isSameClient(left: ClientIdentity, right: ClientIdentity): boolean {
  return (
    left.tenantId === right.tenantId &&
    left.serviceId === right.serviceId &&
    isSameSet(left.operations, right.operations)
  );
}

function isSameSet(
  left: ReadonlySet<string> | undefined,
  right: ReadonlySet<string> | undefined,
): boolean {
  if (left === undefined || right === undefined) return left === right;
  return left.size === right.size && [...left].every((member) => right.has(member));
}
