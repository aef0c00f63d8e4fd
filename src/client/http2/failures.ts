import { TransportFailure } from '../transport.ts';
import { errorCodeName } from './error-codes.ts';

// What can go wrong between two transports' ends, in the words that every transport uses.

/** Largest answer that is taken in, in bytes: what gRPC libraries allow unless told otherwise. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

export const CONNECTION_BROKE = 'the connection to the server broke';
export const SERVER_ENDED_CALL = 'the server ended the call';
export const SERVER_REFUSED_CALL = 'the server refused the call';

/** The connection ended while the call was out. */
export function connectionBroke(cause?: unknown): TransportFailure {
  return new TransportFailure('UNAVAILABLE', CONNECTION_BROKE, { cause });
}

export function unsent(
  status: 'CANCELLED' | 'UNAVAILABLE',
  details: string,
  cause?: unknown,
): TransportFailure {
  return new TransportFailure(status, details, { neverSent: true, cause });
}

export function cancelledUnsent(): TransportFailure {
  return unsent('CANCELLED', 'the call was cancelled before it was sent');
}

export function cancelledByClose(): TransportFailure {
  return unsent('CANCELLED', 'the client was closed');
}

/** The server allowed no further call in time. */
export function unsentInTime(): TransportFailure {
  return new TransportFailure('DEADLINE_EXCEEDED', 'the call was not begun before its deadline', {
    neverSent: true,
  });
}

export function cancelled(): TransportFailure {
  return new TransportFailure('CANCELLED', 'the call was cancelled');
}

export function deadlineExceeded(): TransportFailure {
  return new TransportFailure('DEADLINE_EXCEEDED', 'the call did not end before its deadline');
}

export function answerTooLarge(): TransportFailure {
  return new TransportFailure(
    'RESOURCE_EXHAUSTED',
    `the answer is larger than ${MAX_ANSWER_BYTES} bytes`,
  );
}

/** Compression was not offered (grpc/doc/compression.md). */
export function answerCompressed(): TransportFailure {
  return new TransportFailure('INTERNAL', 'the answer is compressed');
}

/** Not one answer but none or several; the status is that of grpc/doc/statuscodes.md. */
export function wrongNumberOfAnswers(): TransportFailure {
  return new TransportFailure('UNIMPLEMENTED', 'the server sent more or less than one answer');
}

/** The stream breaks a rule of HTTP/2 or of gRPC over it. */
export function answerMalformed(what: string): TransportFailure {
  return new TransportFailure('INTERNAL', `the answer is malformed: ${what}`);
}

/** RST_STREAM, by the table of gRPC's PROTOCOL-HTTP2 ("Errors"). REFUSED_STREAM is not for here. */
export function streamReset(code: number): TransportFailure {
  const name = errorCodeName(code);
  switch (name) {
    case 'CANCEL':
      // What a server does to the calls it has when it is killed; nobody cancelled here.
      return new TransportFailure('UNAVAILABLE', SERVER_ENDED_CALL);
    case 'ENHANCE_YOUR_CALM':
      return new TransportFailure('RESOURCE_EXHAUSTED', 'the server asks for fewer calls');
    case 'INADEQUATE_SECURITY':
      return new TransportFailure('PERMISSION_DENIED', 'the server asks for more security');
    default:
      return new TransportFailure('INTERNAL', `the server reset the call: ${name ?? code}`);
  }
}
