import type { CryptoProvider } from '../crypto/provider.ts';
import type { UnixListenersOptions } from '../grpc/unix/unix-listeners.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics/metrics.ts';
import type { Uplink, UplinkHandlers } from '../uplink/uplink.ts';
import type { Vault } from '../vault/index.ts';
import type { GatewayClock } from './clock.ts';
import type { UidForm } from './keys/new-uid.ts';
import type { KmipListener, ListenerParts } from './kmip-listener.ts';
import type { SealingKeyFile } from './service-keys/sealing-keys.ts';

/** What a Gateway is made of. */
export interface GatewayOptions {
  readonly provider: CryptoProvider;
  /** Open; closed by the Gateway when it stops. */
  readonly vault: Vault;
  readonly uplink: (handlers: UplinkHandlers) => Uplink;
  readonly listener: (parts: ListenerParts) => KmipListener;
  readonly settings: GatewaySettings;
  readonly clock: GatewayClock;
  /** That many unguessable bytes. */
  readonly random: (bytes: number) => Uint8Array;
  /** A new UUID. */
  readonly newId: () => string;
  /** Resident memory of the process, for heartbeats. */
  readonly rssBytes: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface GatewaySettings {
  /** As in the certificate that the Core knows it by. */
  readonly name: string;
  /** Version of the software. */
  readonly version: string;
  /** Host that KMIP is served on, for the status. */
  readonly kmipHost: string;
  readonly uidForm: UidForm;
  /** Days that the vault keeps audit entries; 0: for good. */
  readonly auditDays: number;
  /** Absent: no service key outlives the process. */
  readonly sealingKey?: SealingKeyFile;
  /** Absent: no status is served. */
  readonly statusSocket?: Pick<UnixListenersOptions, 'paths' | 'allowSharedDirectory' | 'uid'>;
}
