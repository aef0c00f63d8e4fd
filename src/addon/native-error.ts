import { BrokerError, isErrorCode } from '../errors/index.ts';

/** What the addon throws: an Error with `code` and, when it is about one argument, `field`. */
interface AddonError extends Error {
  readonly code: string;
  readonly field?: string;
}

/** Runs `operation`, which calls the addon, and makes its failure a BrokerError. */
export function attempt<T>(operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw toBrokerError(error);
  }
}

/** The addon's error as ours. Anything else it throws is INTERNAL, with the original as its cause. */
export function toBrokerError(error: unknown): BrokerError {
  if (error instanceof BrokerError) return error;
  if (isAddonError(error) && isErrorCode(error.code)) {
    return new BrokerError(error.code, error.message, {
      cause: error,
      ...(error.field === undefined ? {} : { field: error.field }),
    });
  }
  return new BrokerError('INTERNAL', 'the native core failed', { cause: error });
}

function isAddonError(error: unknown): error is AddonError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
