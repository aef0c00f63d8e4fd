import type { HeaderField } from './header-field.ts';

/** A list of header fields of an answer, or of its trailers, as gRPC reads it. */
export interface AnswerHeaders {
  /** Absent in trailers. */
  readonly httpStatus: number | undefined;
  /** True when the content is gRPC's (PROTOCOL-HTTP2, Content-Type). */
  readonly grpc: boolean;
  /** Every field but the pseudo fields; the first one of a name counts. */
  readonly fields: ReadonlyMap<string, string>;
}

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** What could end a field or a line (RFC 9113 §8.2.1). */
const FORBIDDEN_IN_VALUE = /[\0\r\n]/;
const HTTP_STATUS = /^[1-5]\d\d$/;
const GRPC_CONTENT = /^application\/grpc(?:[+;]|$)/i;

/** undefined: the list is malformed (RFC 9113 §8.1.1), and its stream has to end. */
export function readAnswerHeaders(list: readonly HeaderField[]): AnswerHeaders | undefined {
  const fields = new Map<string, string>();
  let httpStatus: number | undefined;
  for (const { name, value } of list) {
    if (name === ':status') {
      // Pseudo fields come once, and before all others.
      if (httpStatus !== undefined || fields.size > 0 || !HTTP_STATUS.test(value)) return undefined;
      httpStatus = Number(value);
    } else {
      if (!NAME.test(name) || FORBIDDEN_IN_VALUE.test(value)) return undefined;
      if (!fields.has(name)) fields.set(name, value);
    }
  }
  return { httpStatus, grpc: GRPC_CONTENT.test(fields.get('content-type') ?? ''), fields };
}
