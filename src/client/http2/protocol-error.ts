import type { ErrorCodeName } from './error-codes.ts';

/** The peer broke a rule of HTTP/2, and the connection cannot go on (RFC 9113 §5.4.1). */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ErrorCodeName;

  constructor(code: ErrorCodeName, message: string) {
    super(message);
    this.code = code;
  }
}
