import type { ItemResult } from '../../kmip/engine/index.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import { get, type GetRequest } from '../../kmip/payloads/get.ts';
import type { KeyMaterialSource } from '../../kmip/payloads/payload-codec.ts';
import { KEY_FORMAT_TYPE, KEY_WRAP_TYPE } from '../../kmip/tables/enumerations.ts';
import type { CoreAnswer } from '../delegate/core-answer.ts';
import type { LocalKey } from '../keys/local-keys.ts';
import { findKey, lookUp } from './find-key.ts';
import { formatOf, isServedHere, withManagedObject } from './managed-objects.ts';
import {
  decodePayload,
  type LocalOperation,
  type OperationCall,
  type OperationParts,
} from './operation.ts';
import { askAbout, readElsewhere, relayed } from './pass-on.ts';
import { requireUsable } from './usable-state.ts';

/**
 * Get (KMIP 1.4 §4.11, 2.1 §6.1.18): a key of the vault as it is. One that only the Core knows is fetched, kept when the
 * policy allows, and answered from here.
 */
export const getKey: LocalOperation = async (call, parts) => {
  const request = decodePayload(get, call);
  requireUnwrapped(request);
  const found = await findKey(request.uid, call, parts);
  if (found.where === 'here' && isServedHere(found.key)) {
    return await serve(found.uid, found.key, request, call, parts);
  }
  const ask = found.where === 'here' ? askAbout : readElsewhere;
  const answer = await ask(found.uid, call, parts);
  try {
    return await serveAnswer(found.uid, answer, request, call, parts);
  } catch (error) {
    answer.discard();
    throw error;
  }
};

/** Answers with what the Core has said, or with the copy that was kept of it. */
async function serveAnswer(
  uid: string,
  answer: CoreAnswer,
  request: GetRequest,
  call: OperationCall,
  parts: OperationParts,
): Promise<ItemResult> {
  const { client, facts, name } = call;
  const kept = answer.succeeded ? await lookUp(uid, client, parts.keys) : undefined;
  if (kept !== undefined && isServedHere(kept)) {
    // The copy that was kept is answered, so that every state and every check of the vault counts for it.
    answer.discard();
    return await serve(uid, kept, request, call, parts);
  }
  const outcome = answer.succeeded ? 'success, by the core' : 'refused by the core';
  await parts.keys.audit(client, facts, name, uid, outcome);
  return relayed(answer);
}

/** Answers with the key; what is served and what is refused is in the audit before the client hears of it. */
async function serve(
  uid: string,
  key: LocalKey,
  request: GetRequest,
  { client, facts, name, version }: OperationCall,
  { keys, fresh }: OperationParts,
): Promise<ItemResult> {
  let material: KeyMaterialSource;
  try {
    requireFormat(request, key);
    requireUsable(key, keys.policy(client));
    requireReadable(key);
    material = await keys.material(key);
  } catch (error) {
    const outcome = error instanceof KmipFailure ? error.failure : 'fault';
    await keys.audit(client, facts, name, key.row.uid, outcome);
    throw error;
  }
  await keys.audit(client, facts, name, key.row.uid, 'success');
  fresh.served(key.row.uid);
  return {
    kind: 'success',
    writePayload: (writer) => {
      withManagedObject(key, material, (object) => {
        get.encodeResponse(writer, { uid, object }, version);
      });
    },
  };
}

/** Refuses what is done to no object: neither here nor by the Core. */
function requireUnwrapped(request: GetRequest): void {
  const { keyCompressionType, keyWrapType, keyWrappingSpecification } = request;
  if (keyCompressionType !== undefined) {
    throw new KmipFailure('keyCompressionNotSupported', 'there is no key compression');
  }
  // As Registered is not wrapped either: wrapped keys are not taken.
  const plain = keyWrapType === undefined || WRAP_TYPES.has(keyWrapType);
  if (keyWrappingSpecification !== undefined || !plain) {
    throw new KmipFailure('keyWrapNotSupported', 'keys are not wrapped by other keys');
  }
}

const WRAP_TYPES: ReadonlySet<number> = new Set([
  KEY_WRAP_TYPE.notWrapped,
  KEY_WRAP_TYPE.asRegistered,
]);

/** Objects are given in the format in which they came, or raw. */
function requireFormat({ keyFormatType }: GetRequest, key: LocalKey): void {
  const possible = [undefined, KEY_FORMAT_TYPE.raw, formatOf(key)];
  if (!possible.includes(keyFormatType)) {
    throw new KmipFailure('keyFormatNotSupported', 'the key format is not supported');
  }
}

/** Sensitive keys leave only wrapped, and those that are not extractable never (KMIP 1.4 §3.48, §3.50). */
function requireReadable({ attributes }: LocalKey): void {
  if (attributes.boolean('Sensitive') === true) {
    throw new KmipFailure('sensitive', 'the object is sensitive');
  }
  if (attributes.boolean('Extractable') === false) {
    throw new KmipFailure('notExtractable', 'the object is not extractable');
  }
}
