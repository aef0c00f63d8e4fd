import { HashDataOutputFormat, HashDataResponse } from '../generated/cryptobroker/crypto_broker.ts';
import * as request from '../generated/cryptobroker/server_view.ts';
import { bytesOf, oneOf, requiredText } from './checks.ts';
import { LIMITS } from './limits.ts';
import {
  decodeMetadata,
  encodeMetadata,
  type Descriptor,
  type ResponseMetadata,
} from './metadata.ts';
import { malformedAnswer, type Operation, type ProfileRequest } from './operation.ts';
import { encodeShared } from './shared-writer.ts';

/** Form of a hash value. */
export type HashFormat = 'hex' | 'raw';

/** A hash to make. */
export interface HashDataRequest<Format extends HashFormat = HashFormat> extends ProfileRequest {
  /** What to hash, at most 1 MiB; a string is hashed as UTF-8. May be empty. */
  readonly input: string | Uint8Array;
  /** `hex` (the default): lower-case hexadecimal; `raw`: bytes. */
  readonly outputFormat?: Format | undefined;
}

/** A hash, as asked for: `hex` or `raw`. */
export interface HashDataResults {
  readonly hex: HashDataResultBase & { readonly hex: string };
  readonly raw: HashDataResultBase & { readonly raw: Uint8Array };
}
export type HashDataResult<Format extends HashFormat = HashFormat> = HashDataResults[Format];

interface HashDataResultBase {
  /** Lower-case name of the hash function, e.g. `sha3-512`. */
  readonly algorithm: string;
  /** Absent when the server predates descriptors (0.4). */
  readonly descriptor: Descriptor | undefined;
  readonly metadata: ResponseMetadata;
}

const PATH = '/CryptoBroker.CryptoGrpc/HashData';

const WIRE_FORMAT = {
  hex: HashDataOutputFormat.HASH_DATA_OUTPUT_FORMAT_HEX,
  raw: HashDataOutputFormat.HASH_DATA_OUTPUT_FORMAT_RAW,
} as const;

const formatOf = (data: HashDataRequest): HashFormat =>
  oneOf('outputFormat', data.outputFormat ?? 'hex', ['hex', 'raw']);

export const hashData: Operation<HashDataRequest, HashDataResult> = {
  path: PATH,
  idempotent: true,
  secret: false,
  encode: (data, id) =>
    encodeShared(request.HashDataRequest, {
      profile: requiredText('profile', data.profile, LIMITS.profile),
      input: bytesOf('input', data.input, LIMITS.hashInput),
      metadata: encodeMetadata(id, data),
      outputFormat: WIRE_FORMAT[formatOf(data)],
    }),
  decode: (answer, data) => {
    const { hashAlgorithm, hashValue, descriptor, metadata } = HashDataResponse.decode(answer);
    const common = { algorithm: hashAlgorithm, descriptor, metadata: decodeMetadata(metadata) };
    switch (hashValue?.$case) {
      case 'hashValueHex':
        if (formatOf(data) === 'hex') return { ...common, hex: hashValue.value };
        break;
      case 'hashValueRaw':
        if (formatOf(data) === 'raw') return { ...common, raw: hashValue.value };
        break;
      case undefined:
    }
    throw malformedAnswer(PATH);
  },
};
