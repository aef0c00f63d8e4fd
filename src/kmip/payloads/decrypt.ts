import { OPERATION } from '../tables/enumerations.ts';
import { TAG } from '../tables/tags.ts';
import {
  readCipherRequest,
  writeCipherRequest,
  writeSecret,
  type CipherRequest,
} from './cipher-request.ts';
import { definePayload } from './define.ts';
import { readBytes, writeBytes } from './optional.ts';
import type { PayloadCodec } from './payload-codec.ts';

/** Decrypt (KMIP 1.4 §4.30, 2.1 §6.1.11). Byte strings that were read are views into the message. */
export interface DecryptRequest extends CipherRequest {
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
      ...readCipherRequest(reader, version),
      tag: version < 14 ? undefined : readBytes(reader, TAG.authenticatedEncryptionTag),
    };
  },
  writeRequest(writer, request: DecryptRequest, version) {
    writeCipherRequest(writer, request, version, writeBytes);
    if (version >= 14) writeBytes(writer, TAG.authenticatedEncryptionTag, request.tag);
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
    writeSecret(writer, TAG.data, response.data);
    if (version >= 13) writeBytes(writer, TAG.correlationValue, response.correlationValue);
  },
});
