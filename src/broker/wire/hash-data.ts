import {
  HashDataOutputFormat,
  HashDataResponse,
} from '../../generated/cryptobroker/crypto_broker.ts';
import { HashDataRequest as WireRequest } from '../../generated/cryptobroker/server_view.ts';
import type { MethodCodec } from '../../grpc/method.ts';
import { strictDecoder } from '../../grpc/strict-decode.ts';
import type { HashDataRequest, HashDataResult } from '../methods/hash-data.ts';
import { echoMetadata, METADATA_SHAPE } from './metadata.ts';

const decode = strictDecoder(WireRequest, { 1: 'string', 3: METADATA_SHAPE });

/** HashData of package CryptoBroker, as clients of 0.4 and 0.5 speak it. */
export const hashDataCodec: MethodCodec<HashDataRequest, HashDataResult> = {
  decode: (bytes) => {
    const { profile, input, metadata, outputFormat } = decode(bytes);
    // An unknown format is HEX, as in the original.
    const raw = outputFormat === HashDataOutputFormat.HASH_DATA_OUTPUT_FORMAT_RAW;
    return { profile, input, metadata, format: raw ? 'raw' : 'hex' };
  },
  encode: ({ value, descriptor, metadata }) =>
    HashDataResponse.encode({
      hashAlgorithm: descriptor.algorithm,
      metadata: echoMetadata(metadata),
      hashValue:
        value.format === 'hex'
          ? { $case: 'hashValueHex', value: value.hex }
          : { $case: 'hashValueRaw', value: value.bytes },
      descriptor,
    }).finish(),
};
