import { unary, type UnaryMethod } from '../../grpc/method.ts';
import { CORE_ADMIN, type UnaryWireMethod } from '../../uplink-wire/index.ts';
import { backupCore } from '../maintenance/backup.ts';
import type { Administration } from './administration.ts';
import { createGateway, decommissionGateway, listGateways } from './gateways.ts';
import { getKey, listKeys, setKeyState } from './keys.ts';
import {
  createService,
  listServices,
  rotateServiceKey,
  setServiceKeyState,
  setServicePolicy,
} from './services.ts';
import { getStatus } from './status.ts';
import { createTenant, listTenants, setTenantState, setTenantTrust } from './tenants.ts';

/** CoreAdminService. Whoever can open its socket is the administrator. */
export function adminMethods(core: Administration): readonly UnaryMethod[] {
  return [
    row(CORE_ADMIN.getStatus, () => getStatus(core)),
    row(CORE_ADMIN.createTenant, (request) => createTenant(core, request)),
    row(CORE_ADMIN.listTenants, () => listTenants(core)),
    row(CORE_ADMIN.setTenantState, (request) => setTenantState(core, request)),
    row(CORE_ADMIN.setTenantTrust, (request) => setTenantTrust(core, request)),
    row(CORE_ADMIN.createService, (request) => createService(core, request)),
    row(CORE_ADMIN.listServices, (request) => listServices(core, request)),
    row(CORE_ADMIN.setServicePolicy, (request) => setServicePolicy(core, request)),
    row(CORE_ADMIN.createGateway, (request) => createGateway(core, request)),
    row(CORE_ADMIN.listGateways, () => listGateways(core)),
    row(CORE_ADMIN.decommissionGateway, (request) => decommissionGateway(core, request)),
    row(CORE_ADMIN.rotateServiceKey, (request) => rotateServiceKey(core, request)),
    row(CORE_ADMIN.setServiceKeyState, (request) => setServiceKeyState(core, request)),
    row(CORE_ADMIN.listKeys, (request) => listKeys(core, request)),
    row(CORE_ADMIN.getKey, (request) => getKey(core, request)),
    row(CORE_ADMIN.setKeyState, (request) => setKeyState(core, request)),
    row(CORE_ADMIN.backup, async (request) => {
      const { bytes, sha256 } = await backupCore(core.store, request.path);
      return { bytes: BigInt(bytes), sha256 };
    }),
  ];
}

function row<Request, Response>(
  wire: UnaryWireMethod<Request, Response>,
  handle: (request: Request) => Response | Promise<Response>,
): UnaryMethod {
  return unary({
    path: wire.path,
    decode: (bytes) => wire.request.decode(bytes),
    encode: (response) => wire.response.encode(response),
    handle,
  });
}
