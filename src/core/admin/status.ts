import type { GetStatusResponse } from '../../generated/cryptobroker/gateway/v1/admin.ts';
import type { Administration } from './administration.ts';
import { gatewayMessage } from './gateways.ts';

/** The Core at a glance. */
export function getStatus(core: Administration): GetStatusResponse {
  const { store, provider } = core;
  const report = provider.report();
  return {
    core: core.identity(),
    version: core.version,
    fips: report.fips,
    openssl: report.libraryVersion,
    fipsProvider:
      report.module === undefined ? '' : `${report.module.name} ${report.module.version}`,
    tenants: BigInt(store.tenants.count()),
    services: BigInt(store.services.count()),
    keys: BigInt(store.keys.count()),
    gateways: store.gateways.list().map((gateway) => gatewayMessage(core, gateway)),
    uplinkAddress: core.uplinkAddress(),
  };
}
