import type { BlastRadius } from '../../generated/cryptobroker/gateway/v1/admin.ts';
import { timestampOf } from '../../uplink-wire/index.ts';
import type { GatewayRecord } from '../store/gateways.ts';
import type { Administration } from './administration.ts';

/** What a change reaches. */
export interface Reach {
  readonly services: number;
  readonly serviceKeyVersions: number;
  readonly keys: number;
  readonly gateways: readonly GatewayRecord[];
}

/**
 * Counts a change's reach as it is now. Gateways that have never enrolled hold nothing and are not counted; one that is
 * unreachable goes on until its leases end, which is what the worst case says.
 */
export function radiusOf(
  { hub, store, now }: Pick<Administration, 'hub' | 'store' | 'now'>,
  reach: Reach,
  applied: boolean,
): BlastRadius {
  const enrolled = reach.gateways.filter(({ generation }) => generation > 0);
  const unreachable = enrolled.filter(({ gatewayId }) => hub.link(gatewayId) === undefined);
  const ends = unreachable
    .map((gateway) => endOfService({ hub, store }, gateway))
    .filter((end) => end > now());
  return {
    applied,
    services: BigInt(reach.services),
    serviceKeyVersions: BigInt(reach.serviceKeyVersions),
    keys: BigInt(reach.keys),
    gatewaysConnected: BigInt(enrolled.length - unreachable.length),
    gatewaysUnreachable: BigInt(unreachable.length),
    worstCase: ends.length === 0 ? undefined : timestampOf(Math.max(...ends)),
  };
}

/**
 * When a Gateway that hears nothing any more stops by itself, at the latest: milliseconds since 1970. After its last
 * heartbeat it may have got a grant still, until its silence ended the link.
 */
export function endOfService(
  { hub, store }: Pick<Administration, 'hub' | 'store'>,
  { gatewayId, lastHeartbeat }: GatewayRecord,
): number {
  const seconds = store.services
    .ofGateway(gatewayId)
    .map(({ policy }) => Math.max(policy.maxOfflineSeconds, policy.leaseTtlSeconds));
  return (lastHeartbeat ?? 0) + hub.patienceMs + 1000 * Math.max(0, ...seconds);
}
