import type { TtlvReader } from '../ttlv/reader.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import type { KmipVersion } from '../version.ts';

/**
 * The request and response payload of one operation: one file each. Readers stand before the payload item and are left
 * behind it; writers write the whole item. Failures of decoding are KmipFailure (invalidMessage, invalidField,
 * missingData …) for the item. What is read may be narrower than what can be written: key material, for one, is bytes then.
 */
export interface PayloadCodec<
  Request,
  Response,
  ReadRequest extends Request = Request,
  ReadResponse extends Response = Response,
> {
  /** Operation enumeration. */
  readonly operation: number;
  /** Specification's name: `Create`. */
  readonly name: string;
  /** Version that introduced the operation. */
  readonly since: KmipVersion;
  decodeRequest(reader: TtlvReader, version: KmipVersion): ReadRequest;
  encodeRequest(writer: TtlvWriter, request: Request, version: KmipVersion): void;
  decodeResponse(reader: TtlvReader, version: KmipVersion): ReadResponse;
  encodeResponse(writer: TtlvWriter, response: Response, version: KmipVersion): void;
}

/**
 * How a request names its object: by text, by the ID Placeholder (also when it names none), or in 2.x by the position of
 * an earlier item of the batch, counted from 0, or backwards from this one when it is negative. Trailing NUL characters of a text are already cut off (a known client counts its padding).
 */
export type UidReference =
  | { readonly kind: 'text'; readonly uid: string }
  | { readonly kind: 'placeholder' }
  | { readonly kind: 'batch-item'; readonly index: number };

/** Key bytes that are not there yet: the writer reserves room and lets them be written into the message itself. */
export interface KeyMaterialSource {
  /** Bytes. */
  readonly length: number;
  /** Writes exactly `length` bytes at `offset` of `target`. A failure is a KmipFailure and leaves the room zero. */
  writeTo(target: Uint8Array, offset: number): void;
}
