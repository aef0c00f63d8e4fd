import { OPERATION } from '../tables/enumerations.ts';
import { definePayload } from './define.ts';
import type { PayloadCodec } from './payload-codec.ts';
import {
  readUidRequest,
  readUidResponse,
  writeUidRequest,
  writeUidResponse,
  type UidRequest,
  type UidResponse,
} from './uid-only.ts';

/** Destroy (KMIP 1.4 §4.21, 2.1 §6.1.15). */
export type DestroyRequest = UidRequest;
export type DestroyResponse = UidResponse;

export const destroy: PayloadCodec<DestroyRequest, DestroyResponse> = definePayload({
  operation: OPERATION.destroy,
  name: 'Destroy',
  since: 10,
  readRequest: readUidRequest,
  writeRequest: writeUidRequest,
  readResponse: readUidResponse,
  writeResponse: writeUidResponse,
});
