import { ERROR_CODES, type ErrorCode, type ErrorDefinition } from './codes.ts';

/** Where an error belongs, beside its code and text. */
export interface BrokerErrorOptions extends ErrorOptions {
  /** Request field or setting the error is about, as the caller spells it: `csr`, `metadata.id`. */
  readonly field?: string;
}

/**
 * A failure with a stable code. `message` is safe to show to the caller: it holds no secret, no payload and no path
 * of the host; whatever may hold one goes into `cause`, which only the log sees.
 */
export class BrokerError extends Error {
  override readonly name = 'BrokerError';
  readonly code: ErrorCode;
  readonly field: string | undefined;

  /** `message` starts lower-case and has no full stop; with `field` it reads `field: message`. */
  constructor(code: ErrorCode, message: string, options: BrokerErrorOptions = {}) {
    super(options.field === undefined ? message : `${options.field}: ${message}`, options);
    this.code = code;
    this.field = options.field;
  }

  get definition(): ErrorDefinition {
    return ERROR_CODES[this.code];
  }
}
