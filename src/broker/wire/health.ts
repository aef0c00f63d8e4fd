import {
  HealthCheckRequest,
  HealthCheckResponse,
  HealthCheckResponse_ServingStatus as WireStatus,
} from '../../generated/grpc/health/v1/health.ts';
import type { MethodCodec } from '../../grpc/method.ts';
import { strictDecoder } from '../../grpc/strict-decode.ts';
import type { ServingStatus } from '../methods/health.ts';

const decode = strictDecoder(HealthCheckRequest, { 1: 'string' });

/** Check and Watch of grpc.health.v1.Health: a service's name, and how it is. */
export const healthCodec: MethodCodec<string, ServingStatus> = {
  decode: (bytes) => decode(bytes).service,
  encode: (status) => HealthCheckResponse.encode({ status: WireStatus[status] }).finish(),
};
