import { describe, expect, it } from 'vitest';
import { AttributeSet } from '../../../../src/kmip/attributes/attribute-set.ts';
import { nameAttribute } from '../../../../src/kmip/attributes/build.ts';
import { activate } from '../../../../src/kmip/payloads/activate.ts';
import { addAttribute } from '../../../../src/kmip/payloads/add-attribute.ts';
import { check } from '../../../../src/kmip/payloads/check.ts';
import { create } from '../../../../src/kmip/payloads/create.ts';
import { decrypt } from '../../../../src/kmip/payloads/decrypt.ts';
import { deleteAttribute } from '../../../../src/kmip/payloads/delete-attribute.ts';
import { destroy } from '../../../../src/kmip/payloads/destroy.ts';
import { encrypt } from '../../../../src/kmip/payloads/encrypt.ts';
import { getAttributes } from '../../../../src/kmip/payloads/get-attributes.ts';
import { get } from '../../../../src/kmip/payloads/get.ts';
import { locate } from '../../../../src/kmip/payloads/locate.ts';
import { modifyAttribute } from '../../../../src/kmip/payloads/modify-attribute.ts';
import { query } from '../../../../src/kmip/payloads/query.ts';
import { reKey } from '../../../../src/kmip/payloads/re-key.ts';
import { register } from '../../../../src/kmip/payloads/register.ts';
import { revoke } from '../../../../src/kmip/payloads/revoke.ts';
import { setAttribute } from '../../../../src/kmip/payloads/set-attribute.ts';
import { BLOCK_CIPHER_MODE } from '../../../../src/kmip/tables/enumerations.ts';
import type { KmipVersion } from '../../../../src/kmip/version.ts';
import { openPure } from '../../../support/providers.ts';
import { CoreSide, messageOf, named } from './support/core-side.ts';
import {
  aesKey,
  aesRequest,
  counting,
  dateAttribute,
  opaqueObject,
  secretData,
} from './support/objects.ts';

const MUTANTS = 200;

describe('messages with bytes that were changed', () => {
  it.each([12, 14, 21] as const)(
    'in %i are answered, and none of them is a fault of the core',
    async (version) => {
      const core = new CoreSide(await openPure());
      core.addService();
      const { uid } = await core.ask(version, register, aesKey(counting(32), ['a']));
      await core.ask(version, activate, { uid: named(uid) });
      const random = generator(version);
      let succeeded = 0;
      for (const message of messages(version, uid)) {
        for (let mutant = 0; mutant < MUTANTS; mutant += 1) {
          const { answer } = await core.send(mutated(message, random));
          if (answer.succeeded) succeeded += 1;
        }
      }
      expect(core.log.lines()).toEqual([]);
      // Not all of them died at the door.
      expect(succeeded).toBeGreaterThan(MUTANTS);
    },
    60_000,
  );
});

function messages(version: KmipVersion, uid: string): Uint8Array[] {
  const asked = { uid: named(uid) };
  const cipher = {
    ...{ parameters: { blockCipherMode: BLOCK_CIPHER_MODE.cbc, paddingMethod: 3 } },
    ...{ data: counting(32), iv: counting(16) },
  };
  const dates = [dateAttribute('Activation Date', 1), dateAttribute('Deactivation Date', 2)];
  const name = nameAttribute('a');
  return [
    messageOf(version, register, aesKey(counting(32), ['a'], 12, dates)),
    messageOf(version, register, secretData(counting(96), 2, 0)),
    messageOf(version, register, opaqueObject(counting(16))),
    messageOf(version, create, aesRequest(256)),
    messageOf(version, get, { ...asked, keyFormatType: 1 }),
    messageOf(version, getAttributes, { ...asked, names: ['Name', 'State'] }),
    messageOf(version, addAttribute, { ...asked, attribute: name }),
    messageOf(version, modifyAttribute, { ...asked, attribute: { ...name, index: 0 } }),
    messageOf(version, deleteAttribute, { ...asked, name: 'Name', index: 0 }),
    ...(version < 20
      ? []
      : [messageOf(version, setAttribute, { ...asked, attribute: dates[0] ?? name })]),
    messageOf(version, check, { ...asked, cryptographicUsageMask: 4 }),
    messageOf(version, encrypt, { ...asked, ...cipher }),
    messageOf(version, decrypt, { ...asked, ...cipher }),
    messageOf(version, locate, { maximumItems: 10, filters: AttributeSet.of([name]) }),
    messageOf(version, query, { functions: [1, 2, 3] }),
    messageOf(version, reKey, { ...asked, offset: 10, attributes: AttributeSet.of([name]) }),
    messageOf(version, revoke, { ...asked, reasonCode: 1, reasonMessage: 'none' }),
    messageOf(version, destroy, asked),
  ];
}

/** The message with one to three bytes changed: a bit, a small number, or any. */
function mutated(message: Uint8Array, random: () => number): Uint8Array {
  const copy = Uint8Array.from(message);
  for (let changes = 1 + (random() % 3); changes > 0; changes -= 1) {
    const at = random() % copy.length;
    const byte = copy[at] ?? 0;
    const choices = [byte ^ (1 << (random() % 8)), random() % 16, random() % 256];
    copy[at] = choices[random() % choices.length] ?? 0;
  }
  return copy;
}

/** The same numbers every time: xorshift32. */
function generator(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
