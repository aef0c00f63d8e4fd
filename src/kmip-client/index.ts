export type { KmipClient, RequestOptions } from './client.ts';
export { connectKmip, type KmipConnectOptions } from './connect.ts';
export type { Outcome, Outcomes } from './exchange.ts';
export { KmipOperationError } from './failure.ts';
export type { Operation } from './operation.ts';
export * as operations from './operations.ts';
export type { KeyObject, NewKey, NewSecret, Revocation, Search } from './operations.ts';
