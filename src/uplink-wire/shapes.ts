import type { MessageShape } from '../grpc/strict-decode.ts';

/**
 * Which fields of the Uplink's messages are texts or messages, by number, for the strict check before decoding. A test
 * compares them with proto/cryptobroker/gateway/v1.
 */

const TIMESTAMP: MessageShape = {};
const LANE_POSITION: MessageShape = {};
const LOADED_GRANT: MessageShape = { 1: 'string' };
const SIGNED_GOVERNANCE: MessageShape = {};

export const SCOPE_SHAPE: MessageShape = { 1: 'string', 2: 'string', 3: 'string' };

export const CORE_IDENTITY_SHAPE: MessageShape = { 1: 'string', 3: 'string', 4: TIMESTAMP };

export const SERVICE_POLICY_SHAPE: MessageShape = { 1: 'string', 2: 'string' };

const CLIENT_RULE: MessageShape = {
  1: 'string',
  2: 'string',
  3: 'string',
  4: 'string',
  5: 'string',
  6: 'string',
  8: 'string',
  9: 'string',
};

export const CLIENT_TRUST_SHAPE: MessageShape = { 1: 'string', 3: CLIENT_RULE };

export const ENROLL_REQUEST_SHAPE: MessageShape = {
  1: 'string',
  2: 'string',
  3: 'string',
  5: {},
  6: { 1: 'string', 2: 'string', 3: 'string', 4: 'string', 5: 'string' },
  8: { 1: 'string' },
};

export const ENROLL_RESPONSE_SHAPE: MessageShape = {
  1: 'string',
  3: CORE_IDENTITY_SHAPE,
  4: SCOPE_SHAPE,
  5: SIGNED_GOVERNANCE,
};

export const GATEWAY_FRAME_SHAPE: MessageShape = {
  1: { 3: LOADED_GRANT, 7: LANE_POSITION },
  2: { 2: TIMESTAMP, 4: LANE_POSITION, 8: LOADED_GRANT, 9: 'string' },
  3: { 3: TIMESTAMP },
  4: { 1: 'string' },
  5: { 1: 'string', 2: 'string' },
  6: { 1: {} },
  7: { 1: 'string' },
};

export const CORE_FRAME_SHAPE: MessageShape = {
  1: { 3: TIMESTAMP },
  2: { 2: TIMESTAMP, 3: LOADED_GRANT },
  3: { 2: {} },
  4: {
    1: 'string',
    5: 'string',
    6: 'string',
    7: 'string',
    9: 'string',
    11: 'string',
    12: TIMESTAMP,
    13: 'string',
  },
  5: { 1: { 3: 'string' } },
  6: SIGNED_GOVERNANCE,
  7: { 1: 'string' },
  8: { 2: 'string', 5: 'string' },
  9: {},
  10: { 1: 'string' },
};

export const TUNNEL_REQUEST_SHAPE: MessageShape = {
  1: 'string',
  3: 'string',
  4: 'string',
  5: {
    2: 'string',
    3: 'string',
    4: 'string',
    5: 'string',
    7: 'string',
    8: 'string',
    9: 'string',
    10: TIMESTAMP,
  },
  8: 'string',
  10: 'string',
  11: 'string',
};

export const TUNNEL_RESPONSE_SHAPE: MessageShape = {
  3: {
    1: { 1: 'string', 4: 'string', 8: TIMESTAMP },
    2: { 1: 'string' },
    3: { 1: 'string' },
    4: { 1: 'string' },
  },
  5: TIMESTAMP,
};

export const GOVERNANCE_SHAPE: MessageShape = {
  1: 'string',
  2: 'string',
  4: TIMESTAMP,
  5: SERVICE_POLICY_SHAPE,
  6: CLIENT_TRUST_SHAPE,
};

export const GRANT_TERMS_SHAPE: MessageShape = {
  1: 'string',
  2: 'string',
  4: 'string',
  5: 'string',
  6: 'string',
  9: 'string',
  10: 'string',
  11: TIMESTAMP,
  12: TIMESTAMP,
};

export const OUTBOX_ENTRY_SHAPE: MessageShape = {
  3: 'string',
  4: 'string',
  5: 'string',
  6: 'string',
  11: 'string',
  13: TIMESTAMP,
};
