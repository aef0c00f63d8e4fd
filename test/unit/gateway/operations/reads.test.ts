import { beforeEach, describe, expect, it } from 'vitest';
import { KEY_STATE } from '../../../../src/gateway/keys/key-state.ts';
import type { AttributeSet, NewAttribute } from '../../../../src/kmip/attributes/attribute-set.ts';
import { nameAttribute } from '../../../../src/kmip/attributes/build.ts';
import { activate } from '../../../../src/kmip/payloads/activate.ts';
import { check } from '../../../../src/kmip/payloads/check.ts';
import { discoverVersions } from '../../../../src/kmip/payloads/discover-versions.ts';
import { getAttributeList } from '../../../../src/kmip/payloads/get-attribute-list.ts';
import { getAttributes } from '../../../../src/kmip/payloads/get-attributes.ts';
import { get } from '../../../../src/kmip/payloads/get.ts';
import { query } from '../../../../src/kmip/payloads/query.ts';
import { OPERATION, QUERY_FUNCTION } from '../../../../src/kmip/tables/enumerations.ts';
import { livesIn, tagFacts, enumerationFacts } from '../../../../src/kmip/tables/look-up.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { isVersion2, KMIP_VERSIONS, type KmipVersion } from '../../../../src/kmip/version.ts';
import {
  expectFailure,
  FAMILIES,
  openKmipSide,
  uidOf,
  type KmipSide,
} from '../../../support/gateway/kmip-side.ts';

let kmip: KmipSide;

beforeEach(async () => {
  kmip = await openKmipSide();
});

async function attributesOf(
  uid: string,
  version: KmipVersion,
  names: readonly string[] = [],
): Promise<AttributeSet> {
  const answer = await kmip.one(version, getAttributes, { uid: uidOf(uid), names });
  return answer.read(getAttributes).attributes;
}

/** Attributes of every key that Create makes, by the version that introduced them (KMIP 1.4 §3). */
const ALWAYS: readonly (readonly [KmipVersion, string])[] = [
  [10, 'Unique Identifier'],
  [10, 'Object Type'],
  [10, 'Cryptographic Algorithm'],
  [10, 'Cryptographic Length'],
  [10, 'Cryptographic Usage Mask'],
  [10, 'State'],
  [10, 'Initial Date'],
  [10, 'Last Change Date'],
  [10, 'Digest'],
  [11, 'Fresh'],
  [12, 'Original Creation Date'],
  [12, 'Key Value Present'],
  [13, 'Random Number Generator'],
  [14, 'Sensitive'],
  [14, 'Always Sensitive'],
  [14, 'Extractable'],
  [14, 'Never Extractable'],
];

describe('Get Attributes', () => {
  it.each(KMIP_VERSIONS)(
    'answers all that a key has in version %i, and nothing newer',
    async (version) => {
      const uid = await kmip.make(version, [nameAttribute('one')]);
      const known = ALWAYS.filter(([since]) => since <= version).map(([, name]) => name);
      const asked = (await attributesOf(uid, version, known)).names();
      expect(asked).toEqual(expect.arrayContaining(known));
      const names = (await attributesOf(uid, version)).names();
      expect(names).toEqual(expect.arrayContaining(['Name', 'State', 'Unique Identifier']));
      // Known clients break on it: it comes to those who ask for it by name.
      expect(names).not.toContain('Key Value Present');
      const newer = ALWAYS.filter(([since]) => since > version).map(([, name]) => name);
      for (const name of newer) expect(names).not.toContain(name);
      expect(names.includes('Operation Policy Name')).toBe(!isVersion2(version));
    },
  );

  it.each(FAMILIES)('leaves out what the key does not have, in version %i', async (version) => {
    const uid = await kmip.make();
    const names = ['State', 'x-Product_Version', 'Contact Information', 'State'];
    expect((await attributesOf(uid, version, names)).names()).toEqual(['State']);
    expect((await attributesOf(uid, version, ['x-Product_Version'])).size).toBe(0);
  });

  it('tells the state of a key at any time', async () => {
    const soon = BigInt(Math.floor(kmip.side.clock.now() / 1000)) + 60n;
    const activation: NewAttribute = {
      name: 'Activation Date',
      value: { type: 'dateTime', value: soon },
    };
    const uid = await kmip.make(14, [activation]);
    const state = async (): Promise<number | undefined> =>
      (await attributesOf(uid, 10, ['State'])).enumeration('State');
    expect(await state()).toBe(KEY_STATE.preActive);
    kmip.side.clock.pass(61_000);
    expect(await state()).toBe(KEY_STATE.active);
    for (const next of [KEY_STATE.compromised, KEY_STATE.destroyedCompromised] as const) {
      const value = { uid, state: next, attributes: new Uint8Array(), reasonCode: 0 };
      await kmip.side.applyDirectives(
        [{ directive: { $case: 'setState', value } }],
        kmip.side.client,
      );
      expect(await state()).toBe(next);
    }
  });

  it('tells that a key was given to nobody yet, until it is', async () => {
    const uid = await kmip.make();
    const fresh = async () => (await attributesOf(uid, 14, ['Fresh'])).boolean('Fresh');
    expect(await fresh()).toBe(true);
    await kmip.one(14, get, { uid: uidOf(uid) });
    expect(await fresh()).toBe(false);
  });

  it('gives custom attributes back as they were set, in both families', async () => {
    const custom: NewAttribute = { name: 'x-Product', value: { type: 'textString', value: 'p' } };
    const uid = await kmip.make(14, [custom]);
    for (const version of FAMILIES) {
      expect((await attributesOf(uid, version, ['x-Product'])).text('x-Product')).toBe('p');
    }
  });

  it('serves nothing of a key that is quarantined', async () => {
    const uid = await kmip.make();
    await kmip.side.vault.commit({
      quarantine: [{ tenant: kmip.side.client.tenantId, uid, reason: 'test' }],
    });
    const attributes = await kmip.one(10, getAttributes, { uid: uidOf(uid), names: [] });
    expectFailure(attributes, 10, 'generalFailure', 'the key is quarantined');
    const list = await kmip.one(14, getAttributeList, { uid: uidOf(uid) });
    expectFailure(list, 14, 'generalFailure', 'the key is quarantined');
    const checked = await kmip.one(21, check, { uid: uidOf(uid), cryptographicUsageMask: 4 });
    expectFailure(checked, 21, 'generalFailure', 'the key is quarantined');
  });
});

describe('Get Attribute List', () => {
  it.each(KMIP_VERSIONS)(
    'names what Get Attributes answers to these names in version %i',
    async (version) => {
      const names: NewAttribute[] = [nameAttribute('one'), nameAttribute('two')];
      const uid = await kmip.make(version, names);
      const answer = await kmip.one(version, getAttributeList, { uid: uidOf(uid) });
      const listed = answer.read(getAttributeList).names;
      const answered = (await attributesOf(uid, version, [...listed])).names();
      expect([...listed].sort()).toEqual([...answered].sort());
    },
  );
});

describe('Check', () => {
  it.each(FAMILIES)('confirms uses that the mask allows, in version %i', async (version) => {
    const uid = uidOf(await kmip.make());
    for (const cryptographicUsageMask of [undefined, 0, 4, 8, 12]) {
      const answer = await kmip.one(version, check, { uid, cryptographicUsageMask });
      expect(answer.read(check)).toMatchObject({ uid: uid.uid });
    }
    for (const cryptographicUsageMask of [1, 13, 1 << 30]) {
      const answer = await kmip.one(version, check, { uid, cryptographicUsageMask });
      expectFailure(answer, version, 'incompatibleUsageMask', 'the object may not be used so');
    }
  });

  it('confirms nothing that is not counted here', async () => {
    const uid = uidOf(await kmip.make());
    for (const use of [{ usageLimitsCount: 1n }, { leaseTime: 10 }]) {
      const answer = await kmip.one(14, check, { uid, ...use });
      expectFailure(answer, 14, 'featureNotSupported', 'only a usage mask can be checked');
    }
  });
});

describe('Activate', () => {
  it.each(FAMILIES)('confirms keys that were born active, in version %i', async (version) => {
    kmip = await openKmipSide({ policy: { activateOnCreate: true } });
    const uid = await kmip.make(version);
    kmip.link('cut');
    const answer = await kmip.one(version, activate, { uid: uidOf(uid) });
    expect(answer.read(activate).uid).toBe(uid);
    expect(kmip.core.requests).toEqual([]);
    expect((await attributesOf(uid, version)).enumeration('State')).toBe(KEY_STATE.active);
  });

  it('is the core’s to decide for every other key', async () => {
    const uid = await kmip.make();
    kmip.link('cut');
    const cut = await kmip.one(14, activate, { uid: uidOf(uid) });
    expectFailure(cut, 14, 'generalFailure', 'core unreachable');

    kmip = await openKmipSide({ policy: { activateOnCreate: true } });
    const later: NewAttribute = {
      name: 'Activation Date',
      value: { type: 'dateTime', value: 9_999_999_999n },
    };
    const waiting = await kmip.make(14, [later]);
    kmip.core.script = () => ({ reason: 12, message: 'not yet' });
    const answer = await kmip.one(14, activate, { uid: uidOf(waiting) });
    expect(answer).toMatchObject({ status: 1, reason: 12, message: 'not yet' });
    expect(kmip.core.requests).toHaveLength(1);
  });
});

describe('Discover Versions', () => {
  const named = (version: number) => ({ major: Math.floor(version / 10), minor: version % 10 });

  it.each(KMIP_VERSIONS.filter((version) => version > 10))(
    'names all versions, the newest first, in version %i',
    async (version) => {
      const answer = await kmip.one(version, discoverVersions, { versions: [] });
      expect(answer.read(discoverVersions).versions).toEqual(KMIP_VERSIONS.map(named));
    },
  );

  it('names those that both know in its own order, and none when there is none', async () => {
    const asked = [10, 14, 30, 21, 19].map(named);
    const answer = await kmip.one(11, discoverVersions, { versions: asked });
    expect(answer.read(discoverVersions).versions).toEqual([21, 14, 10].map(named));
    const none = await kmip.one(11, discoverVersions, { versions: [named(30)] });
    expect(none.read(discoverVersions).versions).toEqual([]);
  });

  it('is not an operation of 1.0', async () => {
    const answer = await kmip.one(10, discoverVersions, { versions: [] });
    expectFailure(answer, 10, 'operationNotSupported');
  });
});

describe('Query', () => {
  const every = Object.values(QUERY_FUNCTION);

  it.each(KMIP_VERSIONS)('tells about gateway and core in version %i', async (version) => {
    kmip.link('cut');
    const answer = (await kmip.one(version, query, { functions: every })).read(query);
    expect(answer.operations).toContain(OPERATION.create);
    expect(answer.operations).toContain(OPERATION.destroy);
    expect(answer.operations.includes(OPERATION.encrypt)).toBe(version >= 12);
    for (const operation of answer.operations) {
      expect(livesIn(enumerationFacts(TAG.operation, operation) ?? { since: 21 }, version)).toBe(
        true,
      );
    }
    expect(answer.objectTypes).toEqual([2, 7, 8]);
    expect(answer.vendorIdentification).toBe('crypto-broker 1.2.3');
    expect(answer.serverInformation !== undefined).toBe(isVersion2(version));
    expect(answer.applicationNamespaces).toEqual([]);
    for (const field of answer.further) {
      const fields = field.value.type === 'structure' ? field.value.fields : [];
      for (const { tag } of [field, ...fields]) {
        expect(livesIn(tagFacts(tag) ?? { since: 21 }, version)).toBe(true);
      }
    }
    const tags = answer.further.map(({ tag }) => tag);
    expect(tags.includes(TAG.capabilityInformation)).toBe(version >= 13);
    expect(tags.includes(TAG.rngParameters)).toBe(version >= 13);
  });

  it('answers with nothing what it has nothing to say to', async () => {
    for (const functions of [[], [5], [6], [7], [9], [10], [12], [13], [0x7fff_ffff]]) {
      const answer = (await kmip.one(21, query, { functions })).read(query);
      expect(answer).toEqual({
        ...{ operations: [], objectTypes: [], applicationNamespaces: [], further: [] },
        ...{ vendorIdentification: undefined, serverInformation: undefined },
      });
    }
  });
});
