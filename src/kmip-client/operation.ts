import type { PayloadCodec } from '../kmip/payloads/payload-codec.ts';
import type { TtlvReader } from '../kmip/ttlv/reader.ts';
import type { TtlvWriter } from '../kmip/ttlv/writer.ts';
import type { KmipVersion } from '../kmip/version.ts';

/** One item of a request, and how its answer is read. */
export interface Operation<Result> {
  /** Operation enumeration. */
  readonly code: number;
  /** Specification's name. */
  readonly name: string;
  /** Version that introduced it. */
  readonly since: KmipVersion;
  /** Writes the Request Payload item. */
  readonly write: (writer: TtlvWriter, version: KmipVersion) => void;
  /** Reads the Response Payload item. The message is wiped afterwards: nothing of the result is a view into it. */
  readonly read: (reader: TtlvReader, version: KmipVersion) => Result;
}

/** An operation from its codec and request; `own` makes the caller's own what was read. */
export function operation<
  Request,
  Response,
  ReadRequest extends Request,
  ReadResponse extends Response,
  Result,
>(
  codec: PayloadCodec<Request, Response, ReadRequest, ReadResponse>,
  request: Request,
  own: (response: ReadResponse) => Result,
): Operation<Result> {
  return {
    code: codec.operation,
    name: codec.name,
    since: codec.since,
    write: (writer, version) => {
      codec.encodeRequest(writer, request, version);
    },
    read: (reader, version) => own(codec.decodeResponse(reader, version)),
  };
}
