/** Who a KMIP connection speaks for: from its verified certificate and the rules, never from a header. */
export interface ClientIdentity {
  readonly tenantId: string;
  readonly serviceId: string;
  /** KMIP operation names the rule allows; undefined: all. */
  readonly operations: ReadonlySet<string> | undefined;
  /** The one SPIFFE URI SAN, when there is one. */
  readonly spiffeId: string | undefined;
  /** RFC 4514 text. */
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly spkiSha256: Uint8Array;
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[];
  readonly tlsVersion: string;
  readonly cipher: string;
  readonly peerAddress: string;
  /** Milliseconds since 1970. */
  readonly authenticatedAt: number;
}

/** Name of a client in logs and audit: its SPIFFE id, else its subject. */
export function clientName(client: ClientIdentity): string {
  return client.spiffeId ?? client.subject;
}
