import {
  HealthCheckRequest,
  HealthCheckResponse,
  HealthCheckResponse_ServingStatus as WireStatus,
} from '../generated/grpc/health/v1/health.ts';
import type { HealthRegistry, ServingStatus } from './health-registry.ts';
import { serverStream, unary, type Method, type MethodCodec } from './method.ts';
import { strictDecoder } from './strict-decode.ts';

export const HEALTH_SERVICE = 'grpc.health.v1.Health';

const decode = strictDecoder(HealthCheckRequest, { 1: 'string' });

export const healthCodec: MethodCodec<string, ServingStatus> = {
  decode: (bytes) => decode(bytes).service,
  encode: (status) => HealthCheckResponse.encode({ status: WireStatus[status] }).finish(),
};

/** Check and Watch of grpc.health.v1.Health: a service's name, and how it is. */
export function healthMethods(health: Pick<HealthRegistry, 'check' | 'watch'>): readonly Method[] {
  return [
    unary({
      path: `/${HEALTH_SERVICE}/Check`,
      ...healthCodec,
      handle: (service) => health.check(service),
    }),
    serverStream({
      path: `/${HEALTH_SERVICE}/Watch`,
      ...healthCodec,
      handle: (service, call) => health.watch(service, call),
    }),
  ];
}
