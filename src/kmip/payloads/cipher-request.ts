import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import type { KmipVersion } from '../version.ts';
import {
  readCryptographicParameters,
  writeCryptographicParameters,
  type CryptographicParameters,
} from './cryptographic-parameters.ts';
import { readBoolean, readBytes, writeBoolean, writeBytes } from './optional.ts';
import type { UidReference } from './payload-codec.ts';
import { readUidReference, writeUidReference } from './uid.ts';

/** What Encrypt and Decrypt are asked alike. Byte strings that were read are views into the message. */
export interface CipherRequest {
  readonly uid: UidReference;
  readonly parameters?: CryptographicParameters | undefined;
  /** Plaintext or ciphertext; may be absent in the last part of a stream. */
  readonly data?: Uint8Array | undefined;
  readonly iv?: Uint8Array | undefined;
  /** Parts of a stream (1.3). */
  readonly correlationValue?: Uint8Array | undefined;
  readonly initIndicator?: boolean | undefined;
  readonly finalIndicator?: boolean | undefined;
  /** Authenticated Encryption Additional Data (1.4). */
  readonly additionalData?: Uint8Array | undefined;
}

export function readCipherRequest(reader: TtlvReader, version: KmipVersion): CipherRequest {
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
}

/** `writeData` writes the data, which is a secret on one side alone. */
export function writeCipherRequest(
  writer: TtlvWriter,
  request: CipherRequest,
  version: KmipVersion,
  writeData: (writer: TtlvWriter, tag: number, data: Uint8Array | undefined) => void,
): void {
  writeUidReference(writer, request.uid, version);
  writeCryptographicParameters(writer, request.parameters, version);
  writeData(writer, TAG.data, request.data);
  writeBytes(writer, TAG.ivCounterNonce, request.iv);
  if (version >= 13) {
    writeBytes(writer, TAG.correlationValue, request.correlationValue);
    writeBoolean(writer, TAG.initIndicator, request.initIndicator);
    writeBoolean(writer, TAG.finalIndicator, request.finalIndicator);
  }
  if (version >= 14) {
    writeBytes(writer, TAG.authenticatedEncryptionAdditionalData, request.additionalData);
  }
}

/** Writes a byte string that is a secret, if there is one. */
export function writeSecret(writer: TtlvWriter, tag: number, value: Uint8Array | undefined): void {
  if (value === undefined) return;
  writer.markSecret();
  writer.byteString(tag, value);
}
