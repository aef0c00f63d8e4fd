import type { Metrics, Sample } from '../../telemetry/metrics/metrics.ts';
import { LANES } from '../../uplink-wire/index.ts';
import type { CoreStore } from '../store/core-store.ts';
import type { GatewayHub } from '../uplink-server/gateway-hub.ts';
import type { UplinkServer } from '../uplink-server/uplink-server.ts';

/** What a Core's metrics are read from. */
export interface CoreSources {
  readonly store: CoreStore;
  readonly hub: GatewayHub;
  readonly uplink: Pick<UplinkServer, 'isServing' | 'certificates'>;
}

function coreSamples({ store, hub, uplink }: CoreSources, keys: number): readonly Sample[] {
  const gateways = store.gateways.list().filter(({ state }) => state === 'ACTIVE');
  const connected = gateways.filter(({ gatewayId }) => hub.link(gatewayId) !== undefined);
  const waiting = gateways.flatMap(({ gatewayId }) =>
    LANES.map((lane) => {
      const { head, acknowledged } = store.events.lane(gatewayId, lane);
      return head - acknowledged;
    }),
  );
  return [
    { name: 'krypton_ready', labels: {}, value: uplink.isServing ? 1 : 0 },
    { name: 'krypton_core_gateways', labels: {}, value: gateways.length },
    { name: 'krypton_core_gateways_connected', labels: {}, value: connected.length },
    {
      name: 'krypton_core_events_waiting',
      labels: {},
      value: waiting.reduce((sum, count) => sum + count, 0),
    },
    { name: 'krypton_core_keys', labels: {}, value: keys },
    ...uplink.certificates,
  ];
}

/** Counting keys goes through all of them: not more often than this. */
const COUNT_INTERVAL_MS = 60_000;

/** Lets metrics read how the Core is that runs; `running` gives nothing while none does. */
export function registerCore(
  metrics: Metrics,
  monotonicMs: () => number,
  running: () => CoreSources | undefined,
): void {
  let keys = 0;
  let countedAt = Number.NEGATIVE_INFINITY;
  metrics.source(() => {
    const sources = running();
    if (sources === undefined) return [{ name: 'krypton_ready', labels: {}, value: 0 }];
    const now = monotonicMs();
    if (now - countedAt >= COUNT_INTERVAL_MS) {
      keys = sources.store.keys.count();
      countedAt = now;
    }
    return coreSamples(sources, keys);
  });
}
