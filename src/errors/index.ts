export { BrokerError, type BrokerErrorOptions } from './broker-error.ts';
export {
  ERROR_CODES,
  EXIT,
  isErrorCode,
  type ErrorCode,
  type ErrorDefinition,
  type ExitCode,
  type StatusName,
} from './codes.ts';
