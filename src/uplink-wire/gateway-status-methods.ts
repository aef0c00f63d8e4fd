import {
  GatewayStatus,
  GetGatewayStatusRequest,
  ListVaultKeysRequest,
  ListVaultKeysResponse,
} from '../generated/cryptobroker/gateway/v1/status.ts';
import type { MessageShape } from '../grpc/strict-decode.ts';
import { wireCodec } from './codec.ts';
import type { UnaryWireMethod } from './methods.ts';

const TIMESTAMP: MessageShape = {};

const STATUS_SHAPE: MessageShape = {
  ...{ 1: 'string', 2: 'string', 3: TIMESTAMP, 5: 'string', 6: 'string', 7: 'string' },
  8: 'string',
  11: { 1: 'string', 6: 'string' },
  12: { 1: 'string', 2: 'string', 3: 'string' },
  14: {},
  15: { 1: 'string' },
  16: { 1: 'string', 2: 'string', 3: 'string', 4: 'string', 5: 'string' },
};

const VAULT_KEY_SHAPE: MessageShape = {
  ...{ 1: 'string', 2: 'string', 3: 'string', 4: 'string', 6: 'string' },
  8: TIMESTAMP,
  10: 'string',
};

const SERVICE = 'cryptobroker.gateway.v1.GatewayStatusService';

const list = {
  kind: 'unary',
  request: wireCodec(ListVaultKeysRequest, { 1: 'string', 2: 'string' }),
  response: wireCodec(ListVaultKeysResponse, { 1: VAULT_KEY_SHAPE }),
  secret: false,
} as const;

/** GatewayStatusService, on the Gateway's status socket. */
export const GATEWAY_STATUS = {
  service: SERVICE,
  getStatus: {
    kind: 'unary',
    path: `/${SERVICE}/GetStatus`,
    request: wireCodec(GetGatewayStatusRequest, {}),
    response: wireCodec(GatewayStatus, STATUS_SHAPE),
    secret: false,
  },
  listKeys: { ...list, path: `/${SERVICE}/ListKeys` },
  listQuarantine: { ...list, path: `/${SERVICE}/ListQuarantine` },
} as const satisfies {
  readonly service: string;
  readonly getStatus: UnaryWireMethod<GetGatewayStatusRequest, GatewayStatus>;
  readonly listKeys: UnaryWireMethod<ListVaultKeysRequest, ListVaultKeysResponse>;
  readonly listQuarantine: UnaryWireMethod<ListVaultKeysRequest, ListVaultKeysResponse>;
};
