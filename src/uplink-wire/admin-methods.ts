import {
  BackupRequest,
  BackupResponse,
  BlastRadius,
  CreateGatewayRequest,
  CreateServiceRequest,
  CreateTenantRequest,
  DecommissionGatewayRequest,
  Gateway,
  GetKeyRequest,
  GetStatusRequest,
  GetStatusResponse,
  KeyDetails,
  ListGatewaysRequest,
  ListGatewaysResponse,
  ListKeysRequest,
  ListKeysResponse,
  ListServicesRequest,
  ListServicesResponse,
  ListTenantsRequest,
  ListTenantsResponse,
  RotateServiceKeyRequest,
  Service,
  SetKeyStateRequest,
  SetServiceKeyStateRequest,
  SetServicePolicyRequest,
  SetTenantStateRequest,
  SetTenantTrustRequest,
  Tenant,
} from '../generated/cryptobroker/gateway/v1/admin.ts';
import * as shape from './admin-shapes.ts';
import { wireCodec, type WireCodec } from './codec.ts';
import type { UnaryWireMethod } from './methods.ts';

const tenant = wireCodec(Tenant, shape.TENANT_SHAPE);
const service = wireCodec(Service, shape.SERVICE_SHAPE);
const blastRadius = wireCodec(BlastRadius, shape.BLAST_RADIUS_SHAPE);

/**
 * CoreAdminService. The messages are checked to be whole and no more: what their fields may hold is for the Core to say to
 * its administrator.
 */
export const CORE_ADMIN = {
  getStatus: method(
    'GetStatus',
    wireCodec(GetStatusRequest, shape.EMPTY_SHAPE),
    wireCodec(GetStatusResponse, shape.GET_STATUS_RESPONSE_SHAPE),
  ),
  createTenant: method(
    'CreateTenant',
    wireCodec(CreateTenantRequest, shape.CREATE_TENANT_REQUEST_SHAPE),
    tenant,
  ),
  listTenants: method(
    'ListTenants',
    wireCodec(ListTenantsRequest, shape.EMPTY_SHAPE),
    wireCodec(ListTenantsResponse, shape.LIST_TENANTS_RESPONSE_SHAPE),
  ),
  setTenantState: method(
    'SetTenantState',
    wireCodec(SetTenantStateRequest, shape.SET_TENANT_STATE_REQUEST_SHAPE),
    blastRadius,
  ),
  setTenantTrust: method(
    'SetTenantTrust',
    wireCodec(SetTenantTrustRequest, shape.SET_TENANT_TRUST_REQUEST_SHAPE),
    tenant,
  ),
  createService: method(
    'CreateService',
    wireCodec(CreateServiceRequest, shape.CREATE_SERVICE_REQUEST_SHAPE),
    service,
  ),
  listServices: method(
    'ListServices',
    wireCodec(ListServicesRequest, shape.LIST_SERVICES_REQUEST_SHAPE),
    wireCodec(ListServicesResponse, shape.LIST_SERVICES_RESPONSE_SHAPE),
  ),
  setServicePolicy: method(
    'SetServicePolicy',
    wireCodec(SetServicePolicyRequest, shape.SET_SERVICE_POLICY_REQUEST_SHAPE),
    service,
  ),
  createGateway: method(
    'CreateGateway',
    wireCodec(CreateGatewayRequest, shape.CREATE_GATEWAY_REQUEST_SHAPE),
    wireCodec(Gateway, shape.GATEWAY_SHAPE),
  ),
  listGateways: method(
    'ListGateways',
    wireCodec(ListGatewaysRequest, shape.EMPTY_SHAPE),
    wireCodec(ListGatewaysResponse, shape.LIST_GATEWAYS_RESPONSE_SHAPE),
  ),
  decommissionGateway: method(
    'DecommissionGateway',
    wireCodec(DecommissionGatewayRequest, shape.DECOMMISSION_GATEWAY_REQUEST_SHAPE),
    blastRadius,
  ),
  rotateServiceKey: method(
    'RotateServiceKey',
    wireCodec(RotateServiceKeyRequest, shape.ROTATE_SERVICE_KEY_REQUEST_SHAPE),
    service,
  ),
  setServiceKeyState: method(
    'SetServiceKeyState',
    wireCodec(SetServiceKeyStateRequest, shape.SET_SERVICE_KEY_STATE_REQUEST_SHAPE),
    blastRadius,
  ),
  listKeys: method(
    'ListKeys',
    wireCodec(ListKeysRequest, shape.LIST_KEYS_REQUEST_SHAPE),
    wireCodec(ListKeysResponse, shape.LIST_KEYS_RESPONSE_SHAPE),
  ),
  getKey: method(
    'GetKey',
    wireCodec(GetKeyRequest, shape.GET_KEY_REQUEST_SHAPE),
    wireCodec(KeyDetails, shape.KEY_DETAILS_SHAPE),
  ),
  setKeyState: method(
    'SetKeyState',
    wireCodec(SetKeyStateRequest, shape.SET_KEY_STATE_REQUEST_SHAPE),
    blastRadius,
  ),
  backup: method(
    'Backup',
    wireCodec(BackupRequest, shape.BACKUP_REQUEST_SHAPE),
    wireCodec(BackupResponse, shape.BACKUP_RESPONSE_SHAPE),
  ),
} as const;

function method<Request, Response>(
  name: string,
  request: WireCodec<Request>,
  response: WireCodec<Response>,
): UnaryWireMethod<Request, Response> {
  return {
    kind: 'unary',
    path: `/cryptobroker.gateway.v1.CoreAdminService/${name}`,
    request,
    response,
    secret: false,
  };
}
