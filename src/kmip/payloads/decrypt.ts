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

/** Decrypt (KMIP 1.4 §4.30, 2.1 §6.1.11). Byte strings that were read are views into the message. */
export interface DecryptRequest {
  readonly uid: UidReference;
  readonly parameters?: CryptographicParameters | undefined;
  /** The ciphertext; may be absent in the last part of a stream. */
  readonly data?: Uint8Array | undefined;
  readonly iv?: Uint8Array | undefined;
  /** Parts of a stream (1.3). */
  readonly correlationValue?: Uint8Array | undefined;
  readonly initIndicator?: boolean | undefined;
  readonly finalIndicator?: boolean | undefined;
  /** Authenticated Encryption Additional Data (1.4). */
  readonly additionalData?: Uint8Array | undefined;
  /** Authenticated Encryption Tag (1.4). */
  readonly tag?: Uint8Array | undefined;
}

export interface DecryptResponse {
  readonly uid: string;
  /** The plaintext. */
  readonly data?: Uint8Array | undefined;
  readonly correlationValue?: Uint8Array | undefined;
}

export const decrypt: PayloadCodec<DecryptRequest, DecryptResponse> = definePayload({
  operation: OPERATION.decrypt,
  name: 'Decrypt',
  since: 12,
  readRequest(reader, version): DecryptRequest {
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
      tag: version < 14 ? undefined : readBytes(reader, TAG.authenticatedEncryptionTag),
    };
  },
  writeRequest(writer, request: DecryptRequest, version) {
    writeUidReference(writer, request.uid, version);
    writeCryptographicParameters(writer, request.parameters, version);
    writeBytes(writer, TAG.data, request.data);
    writeBytes(writer, TAG.ivCounterNonce, request.iv);
    if (version >= 13) {
      writeBytes(writer, TAG.correlationValue, request.correlationValue);
      writeBoolean(writer, TAG.initIndicator, request.initIndicator);
      writeBoolean(writer, TAG.finalIndicator, request.finalIndicator);
    }
    if (version >= 14) {
      writeBytes(writer, TAG.authenticatedEncryptionAdditionalData, request.additionalData);
      writeBytes(writer, TAG.authenticatedEncryptionTag, request.tag);
    }
  },
  readResponse(reader, version): DecryptResponse {
    return {
      uid: reader.text(TAG.uniqueIdentifier),
      data: readBytes(reader, TAG.data),
      correlationValue: version < 13 ? undefined : readBytes(reader, TAG.correlationValue),
    };
  },
  writeResponse(writer, response: DecryptResponse, version) {
    writer.text(TAG.uniqueIdentifier, response.uid);
    if (response.data !== undefined) {
      writer.markSecret();
      writer.byteString(TAG.data, response.data);
    }
    if (version >= 13) writeBytes(writer, TAG.correlationValue, response.correlationValue);
  },
});
