// The public face of the package: `import { connect } from 'crypto-broker'`.
export { connect, DEFAULT_SOCKET, type ConnectOptions } from './connect.ts';
export type { ClientTransport } from './choose-transport.ts';
export type { CallOptions, Client } from './client.ts';
export { CallError } from './call-error.ts';
export { BrokerError, ERROR_CODES, type ErrorCode, type ErrorDefinition } from '../errors/index.ts';
export type { BenchmarkDataResult, BenchmarkRequest, BenchmarkTiming } from './benchmark-data.ts';
export type { HashDataRequest, HashDataResult, HashFormat } from './hash-data.ts';
export type { HealthRequest, HealthStatus } from './health.ts';
export type {
  Deprecation,
  Descriptor,
  RequestContext,
  ResponseMetadata,
  TraceContext,
} from './metadata.ts';
export type { RetryOptions } from './retry.ts';
export type {
  CertificateFormat,
  SignCertificateRequest,
  SignCertificateResult,
  Time,
} from './sign-certificate.ts';
export type { GrpcStatusName } from './status.ts';
export { traceContextFrom, type TraceCarrier } from './trace-context.ts';
