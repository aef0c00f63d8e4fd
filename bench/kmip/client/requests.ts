import { AttributeSet } from '../../../src/kmip/attributes/attribute-set.ts';
import { encodeRequest } from '../../../src/kmip/messages/request.ts';
import { create } from '../../../src/kmip/payloads/create.ts';
import { getAttributes } from '../../../src/kmip/payloads/get-attributes.ts';
import { get } from '../../../src/kmip/payloads/get.ts';
import type { UidReference } from '../../../src/kmip/payloads/payload-codec.ts';
import { CRYPTOGRAPHIC_ALGORITHM, OBJECT_TYPE } from '../../../src/kmip/tables/enumerations.ts';
import { TtlvWriter } from '../../../src/kmip/ttlv/writer.ts';
import type { CaseName } from '../cases.ts';

/** The newest version that every server here speaks. */
const VERSION = 14;

const HEADER = { version: VERSION, hasAuthentication: false, errorContinuation: 'stop' } as const;

/** Encrypt and Decrypt (KMIP 1.4 §9.1.3.3.1). */
const USAGE_MASK = 12;

const NEW_KEY = AttributeSet.of([
  {
    name: 'Cryptographic Algorithm',
    value: { type: 'enumeration', value: CRYPTOGRAPHIC_ALGORITHM.aes },
  },
  { name: 'Cryptographic Length', value: { type: 'integer', value: 256 } },
  { name: 'Cryptographic Usage Mask', value: { type: 'integer', value: USAGE_MASK } },
]);

type Item = Parameters<typeof encodeRequest>[2][number];

const createItem: Item = {
  operation: create.operation,
  payload: (writer) => {
    const request = { objectType: OBJECT_TYPE.symmetricKey, attributes: NEW_KEY };
    create.encodeRequest(writer, request, VERSION);
  },
};

function getItem(uid: UidReference): Item {
  return {
    operation: get.operation,
    payload: (writer) => {
      get.encodeRequest(writer, { uid }, VERSION);
    },
  };
}

function stateItem(uid: UidReference): Item {
  return {
    operation: getAttributes.operation,
    payload: (writer) => {
      getAttributes.encodeRequest(writer, { uid, names: ['State'] }, VERSION);
    },
  };
}

/**
 * All requests of a measurement, encoded before it begins: one for each key that is asked for, or the one that makes a
 * key. The bytes of an echo are those of a Get.
 */
export function encodeRequests(
  request: CaseName,
  uids: readonly string[],
): readonly Buffer<ArrayBuffer>[] {
  switch (request) {
    case 'create':
      return [encode([createItem])];
    case 'create-get':
      return [
        encode([
          { ...createItem, itemId: Uint8Array.of(1) },
          { ...getItem({ kind: 'placeholder' }), itemId: Uint8Array.of(2) },
        ]),
      ];
    case 'state':
      return uids.map((uid) => encode([stateItem({ kind: 'text', uid })]));
    case 'get':
    case 'echo':
      return uids.map((uid) => encode([getItem({ kind: 'text', uid })]));
  }
}

function encode(items: readonly Item[]): Buffer<ArrayBuffer> {
  const writer = new TtlvWriter();
  encodeRequest(writer, HEADER, items);
  return Buffer.from(writer.finish());
}
