import { BrokerError, type ErrorCode } from '../../errors/index.ts';
import { KmipFailure, type Failure } from '../../kmip/failure.ts';

/** The text for every use of a key of which the Core holds no copy. */
const NO_COPY = 'the core holds no copy of this key';

/** Which failures of the work on keys and of the crypto core a client caused or may know of, and what it is told. */
const TOLD: Partial<Record<ErrorCode, readonly [Failure, string]>> = {
  CORE_KEY_UNKNOWN: ['itemNotFound', 'there is no such object'],
  CORE_KEY_EXISTS: ['objectAlreadyExists', 'an object has this unique identifier'],
  KEY_NOT_ESCROWED: ['generalFailure', NO_COPY],
  SERVICE_KEY_UNAVAILABLE: ['protectionStorageUnavailable', 'service key not available'],
  KEY_HANDLE_CLOSED: ['protectionStorageUnavailable', 'service key not available'],
  FIELD_TOO_LARGE: ['serverLimitExceeded', 'the attributes are too large'],
  // One text for tag and padding: which of them was wrong is nobody's business.
  DECRYPT_FAILED: ['cryptographicFailure', 'the data cannot be decrypted'],
};

/** What a client is told of an error; one that nobody foresaw stays what it is. */
export function forClient(error: unknown): unknown {
  if (!(error instanceof BrokerError)) return error;
  // It names states alone.
  if (error.code === 'KEY_STATE_REFUSED') {
    return new KmipFailure('wrongState', error.message, { cause: error });
  }
  const told = TOLD[error.code];
  return told === undefined ? error : new KmipFailure(told[0], told[1], { cause: error });
}

/** The same answer for what never was and for what is another service's. */
export function notFound(): KmipFailure {
  return new KmipFailure('itemNotFound', 'there is no such object');
}

export function destroyed(): KmipFailure {
  return new KmipFailure('objectDestroyed', 'the object is destroyed');
}

export function wrongState(message: string): KmipFailure {
  return new KmipFailure('wrongState', message);
}

/** For a service whose keys the Core may not hold: what it would make could be given to nobody. */
export function noEscrow(): KmipFailure {
  return new KmipFailure('generalFailure', 'the core keeps no keys of this service');
}
