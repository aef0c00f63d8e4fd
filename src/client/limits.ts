/** Limits of the wire, checked here before a request is sent and by every server again. Lengths in bytes. */
export const LIMITS = {
  profile: 64,
  hashInput: 1_048_576,
  /** CSR, CA private key and CA certificate, each. */
  pem: 65_536,
  subject: 1024,
  crlDistributionPoints: 16,
  crlDistributionPoint: 2048,
  correlationId: 128,
  traceId: 32,
  spanId: 16,
  traceFlags: 2,
  traceState: 512,
} as const;
