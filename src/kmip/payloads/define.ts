import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import type { KmipVersion } from '../version.ts';
import { decodingFailure } from '../messages/decoding-failure.ts';
import type { PayloadCodec } from './payload-codec.ts';

/** What one operation says of its payloads: their fields, without the item around them. */
interface PayloadFields<
  Request,
  Response,
  ReadRequest extends Request,
  ReadResponse extends Response,
> {
  readonly operation: number;
  readonly name: string;
  readonly since: KmipVersion;
  readRequest(reader: TtlvReader, version: KmipVersion): ReadRequest;
  writeRequest(writer: TtlvWriter, request: Request, version: KmipVersion): void;
  readResponse(reader: TtlvReader, version: KmipVersion): ReadResponse;
  writeResponse(writer: TtlvWriter, response: Response, version: KmipVersion): void;
}

/** A codec that puts the Request Payload or Response Payload item around the fields and says what was wrong in them. */
export function definePayload<
  Request,
  Response,
  ReadRequest extends Request = Request,
  ReadResponse extends Response = Response,
>(
  fields: PayloadFields<Request, Response, ReadRequest, ReadResponse>,
): PayloadCodec<Request, Response, ReadRequest, ReadResponse> {
  const { operation, name, since } = fields;
  return {
    operation,
    name,
    since,
    decodeRequest(reader, version) {
      try {
        reader.enter(TAG.requestPayload);
        const request = fields.readRequest(reader, version);
        reader.leave();
        return request;
      } catch (error) {
        throw decodingFailure(error, reader, 'missingData');
      }
    },
    encodeRequest(writer, request, version) {
      writer.begin(TAG.requestPayload);
      fields.writeRequest(writer, request, version);
      writer.end();
    },
    decodeResponse(reader, version) {
      try {
        reader.enter(TAG.responsePayload);
        const response = fields.readResponse(reader, version);
        reader.leave();
        return response;
      } catch (error) {
        throw decodingFailure(error, reader, 'missingData');
      }
    },
    encodeResponse(writer, response, version) {
      writer.begin(TAG.responsePayload);
      fields.writeResponse(writer, response, version);
      writer.end();
    },
  };
}
