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

/** Encrypt (KMIP 1.4 §4.29, 2.1 §6.1.17). Byte strings that were read are views into the message. */
export type EncryptRequest = CipherRequest;

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
  readRequest: readCipherRequest,
  writeRequest(writer, request: EncryptRequest, version) {
    writeCipherRequest(writer, request, version, writeSecret);
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
