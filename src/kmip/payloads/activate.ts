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

/** Activate (KMIP 1.4 §4.19, 2.1 §6.1.1). */
export type ActivateRequest = UidRequest;
export type ActivateResponse = UidResponse;

export const activate: PayloadCodec<ActivateRequest, ActivateResponse> = definePayload({
  operation: OPERATION.activate,
  name: 'Activate',
  since: 10,
  readRequest: readUidRequest,
  writeRequest: writeUidRequest,
  readResponse: readUidResponse,
  writeResponse: writeUidResponse,
});
