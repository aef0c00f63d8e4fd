import { expect, it } from 'vitest';
import { encodeRequest } from '../../../../src/kmip/messages/request.ts';
import { activate } from '../../../../src/kmip/payloads/activate.ts';
import { check } from '../../../../src/kmip/payloads/check.ts';
import { create } from '../../../../src/kmip/payloads/create.ts';
import { destroy } from '../../../../src/kmip/payloads/destroy.ts';
import { getAttributes } from '../../../../src/kmip/payloads/get-attributes.ts';
import { get } from '../../../../src/kmip/payloads/get.ts';
import { locate } from '../../../../src/kmip/payloads/locate.ts';
import { query } from '../../../../src/kmip/payloads/query.ts';
import { OBJECT_TYPE } from '../../../../src/kmip/tables/enumerations.ts';
import { TtlvWriter } from '../../../../src/kmip/ttlv/writer.ts';
import type { KmipVersion } from '../../../../src/kmip/version.ts';
import { nameAttribute } from '../../../../src/kmip/attributes/build.ts';
import { AttributeSet } from '../../../../src/kmip/attributes/attribute-set.ts';
import {
  aes,
  FAMILIES,
  item,
  openKmipSide,
  PLACEHOLDER,
  uidOf,
  type Asked,
} from '../../../support/gateway/kmip-side.ts';

const ROUNDS = 1500;

/** The same numbers in every run (Park and Miller). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

function message(version: KmipVersion, items: readonly Asked[]): Uint8Array {
  const writer = new TtlvWriter();
  encodeRequest(
    writer,
    { version, hasAuthentication: false, errorContinuation: 'continue' },
    items,
  );
  return Uint8Array.from(writer.finish());
}

it('mutated requests are answered, and are faults of nobody', async () => {
  const kmip = await openKmipSide({ policy: { activateOnCreate: true } });
  const uid = uidOf(await kmip.make());
  const samples = FAMILIES.map((version) =>
    message(version, [
      item(version, create, {
        objectType: OBJECT_TYPE.symmetricKey,
        attributes: aes(256, [nameAttribute('n')]),
      }),
      item(version, get, { uid: PLACEHOLDER, keyFormatType: 1 }),
      item(version, get, { uid }),
      item(version, getAttributes, { uid, names: ['State', 'Name'] }),
      item(version, locate, { maximumItems: 5, filters: AttributeSet.of([nameAttribute('n')]) }),
      item(version, check, { uid, cryptographicUsageMask: 4 }),
      item(version, activate, { uid }),
      item(version, destroy, { uid }),
      item(version, query, { functions: [1, 2, 3] }),
    ]),
  );
  const next = numbers(20_301);
  const outcomes = new Set<number | undefined>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const bytes = Uint8Array.from(samples[next(samples.length)] ?? []);
    for (let change = next(3); change >= 0; change -= 1) {
      bytes[next(bytes.length)] = next(4) === 0 ? next(256) : next(16);
    }
    const { items } = await kmip.askBytes(bytes);
    for (const { reason } of items) outcomes.add(reason);
  }
  expect(kmip.faults).toEqual([]);
  // Not all died at the first look.
  expect(outcomes.size).toBeGreaterThan(6);
}, 60_000);
