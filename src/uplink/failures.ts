import { BrokerError } from '../errors/index.ts';

/** Nothing was sent. The text is what clients are shown, so it never varies. */
export function unreachable(cause?: unknown): BrokerError {
  return new BrokerError('CORE_UNREACHABLE', 'core unreachable', { cause });
}

/** It was sent, and whether the Core did it is not known. The text never varies. */
export function outcomeUnknown(cause?: unknown): BrokerError {
  return new BrokerError('CORE_OUTCOME_UNKNOWN', 'outcome unknown', { cause });
}

/** The Core did what the rules of the uplink do not allow. */
export function protocolError(message: string, cause?: unknown): BrokerError {
  return new BrokerError('UPLINK_PROTOCOL', message, { cause });
}
