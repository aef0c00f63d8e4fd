export type { SessionClock } from './clock.ts';
export {
  serveConnection,
  type CloseReason,
  type Connection,
  type ConnectionOptions,
  type ConnectionSummary,
  type RequestHandler,
  type RequestRecord,
} from './connection.ts';
export { createGate, type ConnectionGate, type ConnectionLimits, type GatePlace } from './gate.ts';
export { DEFAULT_SESSION_LIMITS, type SessionLimits } from './limits.ts';
