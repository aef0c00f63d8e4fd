import { BrokerError, type ErrorCode } from '../../errors/index.ts';
import { KmipFailure } from '../../kmip/failure.ts';

/** Nothing was sent. The text never varies: operators and clients look for it. */
export function coreUnreachable(cause?: unknown): KmipFailure {
  return new KmipFailure('generalFailure', 'core unreachable', { cause });
}

/** It was sent, and what the Core made of it is not known here. */
export function outcomeUnknown(cause?: unknown): KmipFailure {
  return new KmipFailure('generalFailure', 'outcome unknown', { cause });
}

/** What a client is told when the Core was not asked, or did not answer. What nobody foresaw stays what it is. */
export function delegateFailure(error: unknown): unknown {
  if (!(error instanceof BrokerError)) return error;
  switch (error.code) {
    case 'CORE_UNREACHABLE':
      return coreUnreachable(error);
    case 'CORE_OUTCOME_UNKNOWN':
      return outcomeUnknown(error);
    case 'CORE_REFUSED':
      // The words are for the log: they may be about other tenants' gateways.
      return new KmipFailure('generalFailure', 'refused by the core', { cause: error });
    case 'UPLINK_BUSY':
      return new KmipFailure('serverLimitExceeded', 'too many requests to the core', {
        cause: error,
      });
    case 'FIELD_TOO_LARGE':
      return new KmipFailure('generalFailure', 'too large to be passed on', { cause: error });
    default:
      return error;
  }
}

const NO_ANSWER: ReadonlySet<ErrorCode> = new Set([
  'CORE_UNREACHABLE',
  'CORE_OUTCOME_UNKNOWN',
  'UPLINK_BUSY',
]);

/** The Core has said nothing, so that a read may be answered from what is here. */
export function isWithoutAnswer(error: unknown): boolean {
  const cause = error instanceof KmipFailure ? error.cause : error;
  return cause instanceof BrokerError && NO_ANSWER.has(cause.code);
}
