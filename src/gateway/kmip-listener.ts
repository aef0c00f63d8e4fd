import type { ClientTrust, Directive } from '../generated/cryptobroker/gateway/v1/uplink.ts';
import type { Uplink } from '../uplink/uplink.ts';
import type { ClientIdentity } from './identity/client-identity.ts';
import type { LocalKeys } from './keys/local-keys.ts';

/** The Gateway's KMIP side, as the rest of it sees it. */
export interface KmipListener {
  /** Opens the port and serves; resolves with the port when it listens. */
  start(): Promise<number>;
  /** Who may speak for whom from now on. May be called before `start`, and at any time. */
  setTrust(trust: readonly ClientTrust[]): void;
  /** Ends the connections of a tenant at once. */
  closeTenant(tenantId: string): void;
  /** Takes no more requests, lets running ones end within so many milliseconds, and closes. */
  drain(milliseconds: number): Promise<void>;
}

/** What the KMIP side is built over. */
export interface ListenerParts {
  readonly keys: LocalKeys;
  readonly uplink: Uplink;
  /** Does what an answer of the Core says to the vault; to be awaited before the answer is passed on. */
  readonly applyDirectives: (
    directives: readonly Directive[],
    client: ClientIdentity,
  ) => Promise<void>;
  /** Highest outbox sequence about this uid that the Core has not settled; 0: none. */
  readonly pendingSequence: (uid: string) => Promise<number>;
  /** Highest outbox sequence of all that the Core has not settled; 0: none. */
  readonly outboxHead: () => Promise<number>;
}
