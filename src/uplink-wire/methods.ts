import type {
  CoreFrame,
  EnrollRequest,
  EnrollResponse,
  GatewayFrame,
  TunnelRequest,
  TunnelResponse,
} from '../generated/cryptobroker/gateway/v1/uplink.ts';
import type { WireCodec } from './codec.ts';
import { coreFrameCodec } from './core-frame-wire.ts';
import { enrollRequestCodec, enrollResponseCodec } from './enrolment-wire.ts';
import { gatewayFrameCodec } from './gateway-frame-wire.ts';
import { tunnelRequestCodec, tunnelResponseCodec } from './tunnel-wire.ts';

/** One request, one response. */
export interface UnaryWireMethod<Request, Response> {
  readonly kind: 'unary';
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly request: WireCodec<Request>;
  readonly response: WireCodec<Response>;
  /** True when its messages may hold key material: their bytes are wiped when the call has ended. */
  readonly secret: boolean;
}

/** Frames both ways for as long as the connection lasts. */
export interface DuplexWireMethod<Up, Down> {
  readonly kind: 'duplex';
  readonly path: string;
  /** What the client sends. */
  readonly up: WireCodec<Up>;
  /** What the server sends. */
  readonly down: WireCodec<Down>;
}

/** EnrollmentService.Enroll. */
export const ENROLL: UnaryWireMethod<EnrollRequest, EnrollResponse> = {
  kind: 'unary',
  path: '/cryptobroker.gateway.v1.EnrollmentService/Enroll',
  request: enrollRequestCodec,
  response: enrollResponseCodec,
  secret: false,
};

/**
 * UplinkService.Connect. The Gateway's first frame is Hello, the Core's is Welcome (or Supersede, or CoreError). Then the
 * Core sends what is pending in lane 0, LaneFlushed (always, with the last sequence of lane 0 that was sent, 0 when there
 * was none), grants and governance, then lanes 1 and 2. Every OutboxBatch is answered by one OutboxAck with one outcome for
 * each of its entries up to `acknowledged`, which is at least the first; or by CoreError BACKPRESSURE: then it was not taken
 * and comes again. The first HeartbeatAck comes after the grants that Hello showed to be missing.
 */
export const CONNECT: DuplexWireMethod<GatewayFrame, CoreFrame> = {
  kind: 'duplex',
  path: '/cryptobroker.gateway.v1.UplinkService/Connect',
  up: gatewayFrameCodec,
  down: coreFrameCodec,
};

/** UplinkService.Tunnel. A request of Register or Import carries a key in its TTLV, and an answer of Get another. */
export const TUNNEL: UnaryWireMethod<TunnelRequest, TunnelResponse> = {
  kind: 'unary',
  path: '/cryptobroker.gateway.v1.UplinkService/Tunnel',
  request: tunnelRequestCodec,
  response: tunnelResponseCodec,
  secret: true,
};
