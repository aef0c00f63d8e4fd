import type { MessageShape } from '../grpc/strict-decode.ts';
import {
  CLIENT_TRUST_SHAPE,
  CORE_IDENTITY_SHAPE,
  SCOPE_SHAPE,
  SERVICE_POLICY_SHAPE,
} from './shapes.ts';

/** Shapes of the messages of CoreAdminService: see shapes.ts. */

const TIMESTAMP: MessageShape = {};

export const EMPTY_SHAPE: MessageShape = {};

export const GATEWAY_SHAPE: MessageShape = {
  1: 'string',
  2: 'string',
  3: 'string',
  4: SCOPE_SHAPE,
  5: 'string',
  8: TIMESTAMP,
  11: TIMESTAMP,
  12: 'string',
};

export const GET_STATUS_RESPONSE_SHAPE: MessageShape = {
  1: CORE_IDENTITY_SHAPE,
  2: 'string',
  3: 'string',
  4: 'string',
  5: 'string',
  9: GATEWAY_SHAPE,
  10: 'string',
};

export const CREATE_TENANT_REQUEST_SHAPE: MessageShape = {
  1: 'string',
  2: 'string',
  3: CLIENT_TRUST_SHAPE,
};

export const TENANT_SHAPE: MessageShape = {
  1: 'string',
  2: 'string',
  3: 'string',
  4: TIMESTAMP,
  5: CLIENT_TRUST_SHAPE,
};

export const LIST_TENANTS_RESPONSE_SHAPE: MessageShape = { 1: TENANT_SHAPE };
export const SET_TENANT_STATE_REQUEST_SHAPE: MessageShape = { 1: 'string', 2: 'string' };
export const SET_TENANT_TRUST_REQUEST_SHAPE: MessageShape = { 1: CLIENT_TRUST_SHAPE };

export const CREATE_SERVICE_REQUEST_SHAPE: MessageShape = {
  1: 'string',
  2: 'string',
  3: SERVICE_POLICY_SHAPE,
};

export const SERVICE_SHAPE: MessageShape = {
  1: 'string',
  2: 'string',
  3: 'string',
  4: { 3: TIMESTAMP },
  5: SERVICE_POLICY_SHAPE,
};

export const LIST_SERVICES_REQUEST_SHAPE: MessageShape = { 1: 'string' };
export const LIST_SERVICES_RESPONSE_SHAPE: MessageShape = { 1: SERVICE_SHAPE };
export const SET_SERVICE_POLICY_REQUEST_SHAPE: MessageShape = { 1: SERVICE_POLICY_SHAPE };

export const CREATE_GATEWAY_REQUEST_SHAPE: MessageShape = {
  1: 'string',
  2: 'string',
  3: SCOPE_SHAPE,
};
export const LIST_GATEWAYS_RESPONSE_SHAPE: MessageShape = { 1: GATEWAY_SHAPE };
export const DECOMMISSION_GATEWAY_REQUEST_SHAPE: MessageShape = { 1: 'string' };

export const ROTATE_SERVICE_KEY_REQUEST_SHAPE: MessageShape = { 1: 'string', 2: 'string' };
export const SET_SERVICE_KEY_STATE_REQUEST_SHAPE: MessageShape = { 1: 'string', 2: 'string' };

export const LIST_KEYS_REQUEST_SHAPE: MessageShape = { 1: 'string', 2: 'string', 4: 'string' };

export const KEY_DETAILS_SHAPE: MessageShape = {
  1: 'string',
  2: 'string',
  3: 'string',
  6: 'string',
  8: 'string',
  9: 'string',
  10: TIMESTAMP,
};

export const LIST_KEYS_RESPONSE_SHAPE: MessageShape = { 1: KEY_DETAILS_SHAPE, 2: 'string' };
export const GET_KEY_REQUEST_SHAPE: MessageShape = { 1: 'string', 2: 'string' };

export const SET_KEY_STATE_REQUEST_SHAPE: MessageShape = {
  1: 'string',
  2: 'string',
  3: 'string',
  5: 'string',
};

export const BLAST_RADIUS_SHAPE: MessageShape = { 7: TIMESTAMP };

export const BACKUP_REQUEST_SHAPE: MessageShape = { 1: 'string' };
export const BACKUP_RESPONSE_SHAPE: MessageShape = { 2: 'string' };
