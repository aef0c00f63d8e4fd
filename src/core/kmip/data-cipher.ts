import type { DataCipher } from '../../crypto/provider.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import {
  cryptographicParametersOf,
  type CryptographicParameters,
} from '../../kmip/payloads/cryptographic-parameters.ts';
import {
  BLOCK_CIPHER_MODE,
  CRYPTOGRAPHIC_ALGORITHM,
  OBJECT_TYPE,
  PADDING_METHOD,
} from '../../kmip/tables/enumerations.ts';
import type { KmipVersion } from '../../kmip/version.ts';
import type { CoreKey } from '../keys/core-key.ts';

/** A way to encrypt, without its initialisation vector. */
export type CipherKind = Pick<DataCipher, 'mode' | 'padding' | 'tagLength'>;

/** What a request of Encrypt or Decrypt says about how. */
interface CipherRequest {
  readonly correlationValue?: Uint8Array | undefined;
  readonly initIndicator?: boolean | undefined;
  readonly finalIndicator?: boolean | undefined;
  readonly additionalData?: Uint8Array | undefined;
}

/** Bytes of an AES block. */
const BLOCK = 16;

/** Bytes of the initialisation vector of each mode. */
export const IV_LENGTH: Readonly<Record<DataCipher['mode'], number>> = {
  cbc: BLOCK,
  ecb: 0,
  gcm: 12,
};

const SHORTEST_TAG = 12;
const LONGEST_TAG = 16;

/**
 * The parameters that count: the request's, else the first ones of the key (KMIP 1.4 §4.29). KmipFailure missingData when
 * there are none.
 */
export function parametersOf(
  requested: CryptographicParameters | undefined,
  { attributes }: CoreKey,
): CryptographicParameters {
  if (requested !== undefined) return requested;
  const own = attributes.get('Cryptographic Parameters');
  if (own !== undefined) return cryptographicParametersOf(own);
  throw new KmipFailure('missingData', 'there are no cryptographic parameters');
}

/** How an AES key is to be used. KmipFailure for other keys, and for what is not done here: parts of a stream, other modes. */
export function cipherKind(
  parameters: CryptographicParameters,
  request: CipherRequest,
  key: CoreKey,
  version: KmipVersion,
): CipherKind {
  requireWhole(request);
  requireAes(parameters, key);
  const mode = modeOf(parameters);
  if (mode !== 'gcm' && request.additionalData !== undefined) {
    throw new KmipFailure('invalidField', 'this mode authenticates no additional data');
  }
  if (mode === 'gcm' && version < 14) {
    // Earlier messages have no field for the tag.
    throw new KmipFailure('featureNotSupported', 'authenticated encryption is of KMIP 1.4');
  }
  const padding = paddingOf(parameters);
  if (mode === 'gcm' && padding) throw new KmipFailure('invalidField', 'GCM has no padding');
  const { tagLength = LONGEST_TAG } = parameters;
  if (mode === 'gcm' && (tagLength < SHORTEST_TAG || tagLength > LONGEST_TAG)) {
    throw new KmipFailure('invalidField', `a tag has ${SHORTEST_TAG} to ${LONGEST_TAG} bytes`);
  }
  return { mode, padding, tagLength };
}

/** Refuses an initialisation vector of another length than the mode has. KmipFailure invalidField. */
export function requireIv(mode: DataCipher['mode'], iv: Uint8Array): void {
  if (iv.byteLength !== IV_LENGTH[mode]) {
    throw new KmipFailure(
      'invalidField',
      `the initialisation vector of this mode has ${IV_LENGTH[mode]} bytes`,
    );
  }
}

/** Refuses data that are not whole blocks where the mode fills none up. KmipFailure invalidField. */
export function requireBlocks(data: Uint8Array): void {
  if (data.byteLength % BLOCK !== 0) {
    throw new KmipFailure('invalidField', `the data are not whole blocks of ${BLOCK} bytes`);
  }
}

/** A stream of parts (KMIP 1.3) would need a state between messages; one that is first and last is a whole. */
function requireWhole({ correlationValue, initIndicator, finalIndicator }: CipherRequest): void {
  const begins = initIndicator === true && finalIndicator !== true;
  const ends = finalIndicator === true && initIndicator !== true;
  if (correlationValue !== undefined || begins || ends) {
    throw new KmipFailure('featureNotSupported', 'data cannot be given in parts');
  }
}

function requireAes({ cryptographicAlgorithm }: CryptographicParameters, key: CoreKey): void {
  if (key.objectType !== OBJECT_TYPE.symmetricKey) {
    throw new KmipFailure('invalidObjectType', 'only symmetric keys encrypt and decrypt');
  }
  const { aes } = CRYPTOGRAPHIC_ALGORITHM;
  const own = key.attributes.enumeration('Cryptographic Algorithm');
  if (cryptographicAlgorithm !== undefined && cryptographicAlgorithm !== own) {
    throw new KmipFailure('invalidField', 'the key is for another algorithm');
  }
  if (own !== aes) throw new KmipFailure('featureNotSupported', 'only AES is supported');
}

function modeOf({ blockCipherMode }: CryptographicParameters): DataCipher['mode'] {
  switch (blockCipherMode) {
    case undefined:
      throw new KmipFailure('missingData', 'there is no block cipher mode');
    case BLOCK_CIPHER_MODE.cbc:
      return 'cbc';
    case BLOCK_CIPHER_MODE.ecb:
      return 'ecb';
    case BLOCK_CIPHER_MODE.gcm:
      return 'gcm';
    default:
      throw new KmipFailure('featureNotSupported', 'the block cipher mode is not supported');
  }
}

function paddingOf({ paddingMethod }: CryptographicParameters): boolean {
  switch (paddingMethod) {
    case undefined:
    case PADDING_METHOD.none:
      return false;
    // For blocks of 16 bytes it is PKCS #7's, which everybody means.
    case PADDING_METHOD.pkcs5:
      return true;
    default:
      throw new KmipFailure('featureNotSupported', 'the padding method is not supported');
  }
}
