/**
 * Sizes on the Core Uplink, the same for both ends: bytes unless said otherwise. A message beyond them is refused before
 * anything is done with it.
 */
export const UPLINK_LIMITS = {
  /** One gRPC message of any kind. */
  message: 4 * 1024 * 1024,

  /** Names of tenants, services, keys, gateways, grants and events: printable ASCII. */
  id: 255,
  /** A reason or message for people. */
  text: 1024,
  /** A distinguished name in a client's certificate. */
  distinguishedName: 4096,
  resumeToken: 4096,
  sealingKeys: 8,
  /** SubjectPublicKeyInfo of a sealing or grant key. */
  publicKey: 1024,
  signature: 512,
  kmipVersions: 16,
  capabilities: 32,
  /** Entries. */
  scopes: 512,
  governance: 2 * 1024 * 1024,
  /** PEM certificates of one tenant's client CAs. */
  caBundle: 256 * 1024,
  /** Entries. */
  clientRules: 256,
  ruleOperations: 64,

  /** Loaded or renewed grants in one frame, entries. */
  grants: 1024,
  grantTerms: 4096,
  sealedKeyPart: 256,

  /** Attributes of one key in canonical form. */
  attributes: 64 * 1024,
  /** A wrapped object: a registered one may be far larger than a symmetric key. */
  wrapped: 1024 * 1024,

  /** Entries of one outbox batch. */
  outboxEntries: 256,
  /** Encoded entries of one outbox batch together; an entry larger than that travels alone. */
  outboxBytes: 512 * 1024,
  /** One encoded outbox entry. */
  outboxEntry: 2 * 1024 * 1024,

  /**
   * Events of lanes 1 and 2 that the Core may have sent without an acknowledgement, per lane. It keeps a revocation from
   * standing behind a flood of permissive events that the Gateway has no room for. Lane 0 has no window.
   */
  eventWindow: 256,

  /** Delegated requests of one Gateway at a time. */
  tunnelCalls: 64,
  /** A delegated KMIP request. */
  tunnelRequest: 1024 * 1024,
  /** The KMIP answer to it. */
  tunnelResponse: 2 * 1024 * 1024,
  directives: 256,
  operations: 16,
  certificates: 10,
  certificate: 16 * 1024,
} as const;

/** Limits on the intervals an EnrollResponse may set, ms. */
export const INTERVAL_LIMITS = { shortest: 10, longest: 10 * 60_000 } as const;
