import type { ConnectionLimits, SessionLimits } from '../../kmip-session/index.ts';

/** What the KMIP port may cost. Times in milliseconds. */
export interface ListenerLimits {
  readonly session: SessionLimits;
  readonly connections: ConnectionLimits;
  /** From the connection to the end of the TLS handshake, however steadily its bytes come. */
  readonly handshakeTimeoutMs: number;
  /** Handshakes at a time: each costs a signature, before anything is known about who asks. */
  readonly handshakes: number;
  /** How often certificate, key and CA files are looked at. */
  readonly reloadIntervalMs: number;
}
