import type { Metadata } from '../../generated/cryptobroker/crypto_broker.ts';
import type { MessageShape } from '../../grpc/strict-decode.ts';
import type { ResponseMetadata } from '../request-metadata.ts';

/** The fields of a request's metadata; field 2 is not ours to read (proto/cryptobroker/server_view.proto). */
export const METADATA_SHAPE: MessageShape = {
  1: 'string',
  3: { 1: 'string', 2: 'string', 3: 'string', 4: 'string', 5: 'string' },
};

/** Metadata of a response from version 0.4 on: the request's, and a notice when the profile is outdated. */
export function echoMetadata(metadata: ResponseMetadata): Metadata | undefined {
  const { request, deprecation } = metadata;
  if (request === undefined && deprecation === undefined) return undefined;
  return { id: request?.id ?? '', deprecation, traceContext: request?.traceContext };
}
