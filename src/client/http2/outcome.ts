import { statusName, type GrpcStatusName } from '../status.ts';
import { TransportFailure } from '../transport.ts';
import type { AnswerHeaders } from './answer-headers.ts';
import { wrongNumberOfAnswers } from './failures.ts';

/**
 * How a call ended whose stream has ended: with a message or with a failure. `last` are the trailers, or the head once
 * more when that was all (Trailers-Only); undefined: the stream ended with data. `message` is the only one, if there was
 * one.
 */
export function outcomeOf(
  head: AnswerHeaders,
  last: AnswerHeaders | undefined,
  message: Buffer | undefined,
): Buffer | TransportFailure {
  const sent = last?.fields.get('grpc-status');
  if (last === undefined || sent === undefined) return withoutStatus(head);
  const status = statusOf(sent);
  if (status !== 'OK') {
    const details = percentDecoded(last.fields.get('grpc-message') ?? '');
    return new TransportFailure(status, details, { trailers: last.fields });
  }
  if (head.httpStatus !== 200 || !head.grpc) return withoutStatus(head);
  return message ?? wrongNumberOfAnswers();
}

const STATUS = /^(?:0|[1-9]\d?)$/;

function statusOf(text: string): GrpcStatusName {
  return STATUS.test(text) ? statusName(Number(text)) : 'UNKNOWN';
}

/** grpc/doc/http-grpc-status-mapping.md */
const STATUS_BY_HTTP: ReadonlyMap<number | undefined, GrpcStatusName> = new Map([
  [400, 'INTERNAL'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'UNIMPLEMENTED'],
  [429, 'UNAVAILABLE'],
  [502, 'UNAVAILABLE'],
  [503, 'UNAVAILABLE'],
  [504, 'UNAVAILABLE'],
]);

function withoutStatus({ httpStatus, grpc }: AnswerHeaders): TransportFailure {
  const status = STATUS_BY_HTTP.get(httpStatus) ?? 'UNKNOWN';
  if (httpStatus !== 200) return new TransportFailure(status, `HTTP status ${httpStatus}`);
  return new TransportFailure(
    status,
    grpc ? 'the server sent no status' : 'the answer is not one of gRPC',
  );
}

/** Status-Message (PROTOCOL-HTTP2, Percent-Encoded); one that is not well encoded is shown as it came. */
function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
