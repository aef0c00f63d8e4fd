import {
  HealthCheckRequest,
  HealthCheckResponse,
  HealthCheckResponse_ServingStatus as WireStatus,
} from '../generated/grpc/health/v1/health.ts';
import { text } from './checks.ts';
import type { Operation } from './operation.ts';

/** Which service to ask about; absent: the server as a whole. */
export interface HealthRequest {
  readonly service?: string | undefined;
}

/** What the server says of itself (grpc/doc/health-checking.md). */
export type HealthStatus = 'SERVING' | 'NOT_SERVING' | 'UNKNOWN';

const MAX_SERVICE_NAME = 256;

export const health: Operation<HealthRequest, HealthStatus> = {
  path: '/grpc.health.v1.Health/Check',
  idempotent: true,
  secret: false,
  encode: ({ service = '' }) =>
    HealthCheckRequest.encode({ service: text('service', service, MAX_SERVICE_NAME) }).finish(),
  decode: (answer) => statusText(HealthCheckResponse.decode(answer).status),
};

function statusText(status: WireStatus): HealthStatus {
  switch (status) {
    case WireStatus.SERVING:
      return 'SERVING';
    case WireStatus.NOT_SERVING:
      return 'NOT_SERVING';
    default:
      return 'UNKNOWN';
  }
}
