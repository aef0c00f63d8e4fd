/**
 * The Core Uplink on the wire, for both of its ends: method paths, codecs that check every field, limits, and the rules
 * both keep. It decides nothing.
 */
export { CORE_ADMIN } from './admin-methods.ts';
export type { WireCodec } from './codec.ts';
export {
  CORE_ERROR_STATUS,
  CORE_ERROR_TRAILER,
  coreErrorName,
  parseCoreErrorName,
  type CoreErrorName,
} from './core-errors.ts';
export { governanceCodec, grantTermsCodec, outboxEntryCodec } from './documents-wire.ts';
export { GATEWAY_STATUS } from './gateway-status-methods.ts';
export { EVENT_LANES, LANES, type KnownEventKind, type Lane } from './lanes.ts';
export { UPLINK_LIMITS } from './limits.ts';
export { CONNECT, ENROLL, TUNNEL, type DuplexWireMethod, type UnaryWireMethod } from './methods.ts';
export { parseSpiffeIdentity, uriNames, type SpiffeIdentity } from './peer-identity.ts';
export { millisecondsOf, timestampOf } from './time.ts';
