import { OPERATION } from '../tables/enumerations.ts';
import { TAG } from '../tables/tags.ts';
import {
  readCryptographicParameters,
  writeCryptographicParameters,
  type CryptographicParameters,
} from './cryptographic-parameters.ts';
import { definePayload } from './define.ts';
import { readBoolean, readBytes, writeBoolean, writeBytes } from './optional.ts';
import type { PayloadCodec, UidReference } from './payload-codec.ts';
import { readUidReference, writeUidReference } from './uid.ts';

/** Encrypt (KMIP 1.4 §4.29, 2.1 §6.1.17). Byte strings that were read are views into the message. */
export interface EncryptRequest {
  readonly uid: UidReference;
  readonly parameters?: CryptographicParameters | undefined;
  /** The plaintext; may be absent in the last part of a stream. */
  readonly data?: Uint8Array | undefined;
  readonly iv?: Uint8Array | undefined;
  /** Parts of a stream (1.3). */
  readonly correlationValue?: Uint8Array | undefined;
  readonly initIndicator?: boolean | undefined;
  readonly finalIndicator?: boolean | undefined;
  /** Authenticated Encryption Additional Data (1.4). */
  readonly additionalData?: Uint8Array | undefined;
}

export interface EncryptResponse {
  readonly uid: string;
  readonly data?: Uint8Array | undefined;
  /** Told when the server chose it. */
  readonly iv?: Uint8Array | undefined;
  readonly correlationValue?: Uint8Array | undefined;
  /** Authenticated Encryption Tag (1.4). */
  readonly tag?: Uint8Array | undefined;
}

export const encrypt: PayloadCodec<EncryptRequest, EncryptResponse> = definePayload({
  operation: OPERATION.encrypt,
  name: 'Encrypt',
  since: 12,
  readRequest(reader, version): EncryptRequest {
    return {
      uid: readUidReference(reader, version),
      parameters: readCryptographicParameters(reader, version),
      data: readBytes(reader, TAG.data),
      iv: readBytes(reader, TAG.ivCounterNonce),
      correlationValue: version < 13 ? undefined : readBytes(reader, TAG.correlationValue),
      initIndicator: version < 13 ? undefined : readBoolean(reader, TAG.initIndicator),
      finalIndicator: version < 13 ? undefined : readBoolean(reader, TAG.finalIndicator),
      additionalData:
        version < 14 ? undefined : readBytes(reader, TAG.authenticatedEncryptionAdditionalData),
    };
  },
  writeRequest(writer, request: EncryptRequest, version) {
    writeUidReference(writer, request.uid, version);
    writeCryptographicParameters(writer, request.parameters, version);
    if (request.data !== undefined) {
      writer.markSecret();
      writer.byteString(TAG.data, request.data);
    }
    writeBytes(writer, TAG.ivCounterNonce, request.iv);
    if (version >= 13) {
      writeBytes(writer, TAG.correlationValue, request.correlationValue);
      writeBoolean(writer, TAG.initIndicator, request.initIndicator);
      writeBoolean(writer, TAG.finalIndicator, request.finalIndicator);
    }
    if (version >= 14) {
      writeBytes(writer, TAG.authenticatedEncryptionAdditionalData, request.additionalData);
    }
  },
  readResponse(reader, version): EncryptResponse {
    return {
      uid: reader.text(TAG.uniqueIdentifier),
      data: readBytes(reader, TAG.data),
      iv: readBytes(reader, TAG.ivCounterNonce),
      correlationValue: version < 13 ? undefined : readBytes(reader, TAG.correlationValue),
      tag: version < 14 ? undefined : readBytes(reader, TAG.authenticatedEncryptionTag),
    };
  },
  writeResponse(writer, response: EncryptResponse, version) {
    writer.text(TAG.uniqueIdentifier, response.uid);
    writeBytes(writer, TAG.data, response.data);
    writeBytes(writer, TAG.ivCounterNonce, response.iv);
    if (version >= 13) writeBytes(writer, TAG.correlationValue, response.correlationValue);
    if (version >= 14) writeBytes(writer, TAG.authenticatedEncryptionTag, response.tag);
  },
});
