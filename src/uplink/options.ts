import type { Logger } from '../telemetry/logger.ts';
import { UPLINK_LIMITS } from '../uplink-wire/index.ts';
import type { UplinkHandlers } from './uplink.ts';

/** Both clocks. Deadlines, leases and link states run on the first, which no administrator can set back. */
export interface UplinkClock {
  /** Milliseconds since some moment; never goes back. */
  monotonicMs(): number;
  /** Milliseconds since 1970. */
  wallMs(): number;
}

/** How the Gateway and the Core know each other. The files are read again for every connection. */
export interface UplinkTls {
  /** PEM: the CAs that may vouch for the Core. */
  readonly caFile: string;
  /** PEM: the Gateway's certificate, leaf first. Its one URI SAN is the Gateway's identity. */
  readonly certificateFile: string;
  /** PEM: its private key, unencrypted; not readable by others. */
  readonly keyFile: string;
  /**
   * Who the Core must be: the URI SAN of its certificate (`spiffe://example.org/core/eu-1`; ending in `/`, any name below
   * it), or else a DNS name or IP address.
   */
  readonly coreIdentity: string;
}

/** Waits in ms and caps in calls; docs/operations.md says what they mean to an operator. */
export interface UplinkLimits {
  /** For connecting and enrolling together, for Welcome after Hello, and for lane 0 to make progress. */
  readonly handshakeMs: number;
  /** For one handler of the Gateway to be done with what came. */
  readonly handlerMs: number;
  /** For Goodbye to leave. */
  readonly goodbyeMs: number;
  /** Ceiling of the first wait before a new attempt, and of any. The wait is a random part of the ceiling. */
  readonly reconnectFirstMs: number;
  readonly reconnectLongestMs: number;
  /** After a Core that does not know this Gateway, or does not let it in. */
  readonly refusedMs: number;
  /** A link that stood this long makes the next wait a first one again. */
  readonly stableMs: number;
  /** HTTP/2 keepalive: a ping this long after the last one, and how long its answer may take. */
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  /** Difference between the clocks of Core and Gateway that is worth an alarm. */
  readonly skewAlarmMs: number;
  /** Delegated calls at a time, of all tenants and of one. */
  readonly tunnelCalls: number;
  readonly tunnelCallsPerTenant: number;
}

export const DEFAULT_UPLINK_LIMITS: UplinkLimits = {
  handshakeMs: 10_000,
  handlerMs: 30_000,
  goodbyeMs: 1_000,
  reconnectFirstMs: 250,
  reconnectLongestMs: 30_000,
  refusedMs: 60_000,
  stableMs: 30_000,
  keepaliveMs: 10_000,
  keepaliveTimeoutMs: 5_000,
  skewAlarmMs: 30_000,
  tunnelCalls: UPLINK_LIMITS.tunnelCalls,
  tunnelCallsPerTenant: 48,
};

export interface UplinkOptions {
  /** `host:port` of the Core; an IPv6 address in brackets. */
  readonly address: string;
  readonly tls: UplinkTls;
  readonly handlers: UplinkHandlers;
  readonly clock: UplinkClock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly limits?: Partial<UplinkLimits>;
  /** Is told what every connection is dialled with. Must not throw. Default: nobody. */
  readonly certificatesRead?: (files: UplinkCertificates) => void;
}

/** Contents of the files that are no secret, PEM. */
export interface UplinkCertificates {
  readonly certificate: Uint8Array;
  readonly ca: Uint8Array;
}
