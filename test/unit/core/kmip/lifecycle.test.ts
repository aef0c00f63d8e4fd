import { describe, expect, it } from 'vitest';
import { EventKind, GetMiss } from '../../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { AttributeSet, type NewAttribute } from '../../../../src/kmip/attributes/attribute-set.ts';
import { nameAttribute } from '../../../../src/kmip/attributes/build.ts';
import { fieldOf, type TtlvField } from '../../../../src/kmip/attributes/value.ts';
import { activate } from '../../../../src/kmip/payloads/activate.ts';
import { check } from '../../../../src/kmip/payloads/check.ts';
import { create } from '../../../../src/kmip/payloads/create.ts';
import { encrypt } from '../../../../src/kmip/payloads/encrypt.ts';
import { destroy } from '../../../../src/kmip/payloads/destroy.ts';
import { getAttributes } from '../../../../src/kmip/payloads/get-attributes.ts';
import { get } from '../../../../src/kmip/payloads/get.ts';
import { reKey } from '../../../../src/kmip/payloads/re-key.ts';
import { register } from '../../../../src/kmip/payloads/register.ts';
import { revoke } from '../../../../src/kmip/payloads/revoke.ts';
import { BLOCK_CIPHER_MODE, USAGE_LIMITS_UNIT } from '../../../../src/kmip/tables/enumerations.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { openPure } from '../../../support/providers.ts';
import { CoreSide, named, NOW, TENANT } from './support/core-side.ts';
import {
  aesKey,
  aesRequest,
  counting,
  dateAttribute,
  opaqueObject,
  secretData,
} from './support/objects.ts';

async function begin(...service: Parameters<CoreSide['addService']>): Promise<CoreSide> {
  const core = new CoreSide(await openPure());
  core.addService(...service);
  return core;
}

async function makeActive(core: CoreSide): Promise<string> {
  const { uid } = await core.ask(14, register, aesKey(counting(32)));
  await core.ask(14, activate, { uid: named(uid) });
  return uid;
}

async function stateOf(core: CoreSide, uid: string): Promise<number | undefined> {
  const asked = { uid: named(uid), names: ['State'] };
  return (await core.ask(14, getAttributes, asked)).attributes.enumeration('State');
}

describe('Activate', () => {
  it('is for keys that are not active yet', async () => {
    const core = await begin();
    const uid = await makeActive(core);
    expect(await core.refusal(14, activate, { uid: named(uid) })).toBe('Permission Denied');
    expect(await core.refusal(21, activate, { uid: named(uid) })).toBe('Wrong Key Lifecycle State');
    const { uid: opaque } = await core.ask(14, register, opaqueObject(counting(10)));
    expect(await core.refusal(14, activate, { uid: named(opaque) })).toBe('Illegal Operation');
  });

  it('confirms what a policy has made active from birth', async () => {
    const core = await begin(TENANT, { activateOnCreate: true });
    const { uid } = await core.ask(14, register, secretData(counting(96), 2, 0));
    expect(await stateOf(core, uid)).toBe(2);
    const { told } = await core.ask(14, activate, { uid: named(uid) });
    expect(told.directives).toEqual([]);
    const later = dateAttribute('Activation Date', NOW + 60);
    const { uid: planned } = await core.ask(14, create, aesRequest(256, 12, [later]));
    expect(await stateOf(core, planned)).toBe(1);
    core.now += 60;
    expect(await stateOf(core, planned)).toBe(2);
  });
});

describe('Revoke', () => {
  it.each([1, 4, 5, 6, 7, 0x8000_0001])('for reason %i deactivates an active key', async (code) => {
    const core = await begin();
    const uid = await makeActive(core);
    const { told } = await core.ask(14, revoke, { uid: named(uid), reasonCode: code });
    expect(told.directives).toMatchObject([
      { directive: { $case: 'setState', value: { uid, state: 3, reasonCode: code } } },
    ]);
    expect(await stateOf(core, uid)).toBe(3);
    expect(await core.refusal(14, revoke, { uid: named(uid), reasonCode: code })).toBe(
      'Permission Denied',
    );
  });

  it.each([2, 3])('for reason %i compromises a key in every state but the last', async (code) => {
    const core = await begin();
    const request = { reasonCode: code, reasonMessage: 'stolen', compromiseOccurrenceDate: 1000n };
    const uid = await makeActive(core);
    await core.ask(14, revoke, { uid: named(uid), ...request });
    const { attributes } = await core.ask(14, getAttributes, { uid: named(uid), names: [] });
    expect(attributes.enumeration('State')).toBe(4);
    expect(attributes.date('Compromise Date')).toBe(BigInt(NOW));
    expect(attributes.date('Compromise Occurrence Date')).toBe(1000n);
    expect(attributes.has('Revocation Reason')).toBe(true);
    expect(await core.refusal(14, get, { uid: named(uid) })).toBe('Permission Denied');
    await core.ask(14, destroy, { uid: named(uid) });
    expect(await stateOf(core, uid)).toBe(6);

    const { uid: other } = await core.ask(14, register, aesKey(counting(32)));
    await core.ask(14, destroy, { uid: named(other) });
    await core.ask(14, revoke, { uid: named(other), ...request });
    expect(await stateOf(core, other)).toBe(6);
    expect(await core.refusal(14, revoke, { uid: named(other), ...request })).toBe(
      'Permission Denied',
    );
  });

  it('refuses reasons that nobody knows, texts without end, and keys that never were active', async () => {
    const core = await begin();
    const uid = await makeActive(core);
    const asked = { uid: named(uid) };
    expect(await core.refusal(14, revoke, { ...asked, reasonCode: 8 })).toBe('Invalid Field');
    expect(await core.refusal(14, revoke, { ...asked, reasonCode: 0 })).toBe('Invalid Field');
    const reasonMessage = 'ß'.repeat(513);
    const long = { ...asked, reasonCode: 1, reasonMessage };
    expect(await core.refusal(14, revoke, long)).toBe('Invalid Field');
    const { uid: opaque } = await core.ask(14, register, opaqueObject(counting(10)));
    expect(await core.refusal(14, revoke, { uid: named(opaque), reasonCode: 1 })).toBe(
      'Illegal Operation',
    );
    await core.ask(14, revoke, { uid: named(opaque), reasonCode: 2 });
    const { uid: fresh } = await core.ask(14, register, aesKey(counting(32)));
    const plain = { uid: named(fresh), reasonCode: 1 };
    expect(await core.refusal(14, revoke, plain)).toBe('Permission Denied');
  });

  it('tells all gateways of the service, and before everything else what takes a key away', async () => {
    const core = await begin();
    const gateways = [core.addGateway('edge-1'), core.addGateway('edge-2')];
    const uid = await makeActive(core);
    await core.ask(14, revoke, { uid: named(uid), reasonCode: 2, reasonMessage: 'stolen' });
    await core.ask(14, destroy, { uid: named(uid) });
    for (const gateway of gateways) {
      expect(core.events(gateway)).toMatchObject([
        {
          ...{ kind: EventKind.EVENT_KIND_KEY_COMPROMISED, lane: 0, uid, correlationId: 'c-1' },
          ...{ reasonCode: 2, reasonMessage: 'stolen' },
        },
        { kind: EventKind.EVENT_KIND_KEY_DESTROYED, lane: 0, uid },
        { kind: EventKind.EVENT_KIND_KEY_ACTIVATED, lane: 1, uid },
      ]);
    }
  });
});

describe('Destroy', () => {
  it.each([
    [14, 'Permission Denied', 'Permission Denied', 'Item Not Found'],
    [21, 'Wrong Key Lifecycle State', 'Object Destroyed', 'Object Destroyed'],
  ] as const)(
    'in %i is refused while the key is active, and a second time',
    async (version, active, again, afterwards) => {
      const core = await begin();
      const uid = await makeActive(core);
      const asked = { uid: named(uid) };
      expect(await core.refusal(version, destroy, asked)).toBe(active);
      await core.ask(version, revoke, { ...asked, reasonCode: 1 });
      await core.ask(version, destroy, asked);
      expect(core.store.keys.get(uid)).toMatchObject({ wrapped: undefined, mac: undefined });
      expect(await core.refusal(version, destroy, asked)).toBe(again);
      expect(await core.refusal(version, get, asked)).toBe(afterwards);
      expect(await core.refusal(version, activate, asked)).toBe(afterwards);
      expect(await stateOf(core, uid)).toBe(5);
    },
  );
});

describe('Get', () => {
  it('follows the policy for keys that are deactivated', async () => {
    const core = await begin(TENANT, { getDeactivated: false });
    const uid = await makeActive(core);
    await core.ask(14, get, { uid: named(uid) });
    await core.ask(14, revoke, { uid: named(uid), reasonCode: 1 });
    expect(await core.refusal(14, get, { uid: named(uid) })).toBe('Permission Denied');
  });

  it('refuses suspended keys until they are resumed', async () => {
    const core = await begin();
    const uid = await makeActive(core);
    const move = (kind: 'suspend' | 'resume'): void => {
      const work = core.work();
      work.transition(uid, { kind });
      core.store.transaction(() => {
        work.commit();
      });
    };
    move('suspend');
    expect(await core.refusal(21, get, { uid: named(uid) })).toBe('Wrong Key Lifecycle State');
    const replacing = { uid: named(uid), attributes: AttributeSet.empty };
    expect(await core.refusal(21, reKey, replacing)).toBe('Wrong Key Lifecycle State');
    move('resume');
    await core.ask(21, get, { uid: named(uid) });
  });

  it('puts the key into no vault when the policy is against it', async () => {
    const core = await begin(TENANT, { getMiss: GetMiss.GET_MISS_DENY });
    const { uid } = await core.ask(14, register, aesKey(counting(32)));
    expect((await core.ask(14, get, { uid: named(uid) })).told.directives).toEqual([]);
  });

  it('gives keys as they are, or not at all', async () => {
    const core = await begin();
    const { uid } = await core.ask(14, register, aesKey(counting(32)));
    const asked = { uid: named(uid) };
    await core.ask(14, get, { ...asked, keyFormatType: 1 });
    await core.ask(14, get, { ...asked, keyWrapType: 1 });
    const refused = (request: object): Promise<string> =>
      core.refusal(14, get, { ...asked, ...request });
    expect(await refused({ keyFormatType: 7 })).toBe('Key Format Type Not Supported');
    expect(await refused({ keyFormatType: 2 })).toBe('Key Format Type Not Supported');
    await core.ask(14, get, { ...asked, keyWrapType: 2, keyFormatType: 1 });
    expect(await refused({ keyWrapType: 3 })).toBe('Feature Not Supported');
    expect(await refused({ keyCompressionType: 1 })).toBe('Key Compression Type Not Supported');
    const hidden = async (name: 'Sensitive' | 'Extractable', value: boolean): Promise<string> => {
      const attribute: NewAttribute = { name, value: { type: 'boolean', value } };
      const made = await core.ask(14, register, aesKey(counting(32), [], 12, [attribute]));
      return core.refusal(14, get, { uid: named(made.uid) });
    };
    expect(await hidden('Sensitive', true)).toBe('Sensitive');
    expect(await hidden('Extractable', false)).toBe('Not Extractable');
  });
});

describe('Check', () => {
  it('says whether a key may be used so', async () => {
    const core = await begin();
    const uid = await makeActive(core);
    const asked = { uid: named(uid) };
    expect(await core.ask(14, check, { ...asked, cryptographicUsageMask: 4 })).toMatchObject({
      uid,
    });
    const refused = (version: 14 | 21, request: object): Promise<string> =>
      core.refusal(version, check, { ...asked, ...request });
    expect(await refused(14, { cryptographicUsageMask: 5 })).toBe('Permission Denied');
    expect(await refused(21, { cryptographicUsageMask: 5 })).toBe(
      'Incompatible Cryptographic Usage Mask',
    );
    expect(await refused(14, { leaseTime: 10 })).toBe('Feature Not Supported');
    await core.ask(14, revoke, { ...asked, reasonCode: 2 });
    expect(await refused(14, { cryptographicUsageMask: 4 })).toBe('Permission Denied');
  });
});

describe('Re-key', () => {
  it('moves the dates of the old key by as much as its activation', async () => {
    const core = await begin();
    const dates = [
      dateAttribute('Activation Date', NOW - 100),
      dateAttribute('Process Start Date', NOW - 90),
      dateAttribute('Protect Stop Date', NOW + 200),
      dateAttribute('Deactivation Date', NOW + 300),
    ];
    const { uid } = await core.ask(14, create, aesRequest(128, 12, dates));
    expect(await stateOf(core, uid)).toBe(2);
    const datesOf = async (one: string): Promise<unknown> => {
      const { attributes } = await core.ask(14, getAttributes, { uid: named(one), names: [] });
      return dates.map(({ name }) => attributes.date(name));
    };
    const attributes = AttributeSet.empty;
    const moved = await core.ask(14, reKey, { uid: named(uid), offset: 50, attributes });
    expect(await datesOf(moved.uid)).toEqual([50, 60, 350, 450].map((s) => BigInt(NOW + s)));
    expect(await stateOf(core, moved.uid)).toBe(1);
    const copied = await core.ask(14, reKey, { uid: named(uid), attributes });
    expect(await datesOf(copied.uid)).toEqual([-100, -90, 200, 300].map((s) => BigInt(NOW + s)));
    // Of two replacements the old key names the last.
    const old = await core.ask(14, getAttributes, { uid: named(uid), names: ['Link'] });
    expect(old.attributes.all('Link')).toHaveLength(1);
  });

  it('gives the new key the usage limits that the old one began with', async () => {
    const core = await begin();
    const field = (tag: number, type: 'longInteger' | 'enumeration', value: bigint | number) =>
      ({ tag, value: { type, value } }) as TtlvField;
    const total = field(TAG.usageLimitsTotal, 'longInteger', 100n);
    const unit = field(TAG.usageLimitsUnit, 'enumeration', USAGE_LIMITS_UNIT.byte);
    const limits: NewAttribute = {
      ...{ name: 'Usage Limits', value: { type: 'structure', fields: [total, unit] } },
    };
    const { uid } = await core.ask(14, register, aesKey(counting(32), [], 12, [limits]));
    await core.ask(14, activate, { uid: named(uid) });
    const parameters = { blockCipherMode: BLOCK_CIPHER_MODE.ecb };
    await core.ask(14, encrypt, { uid: named(uid), parameters, data: counting(16) });
    const attributes = AttributeSet.empty;
    const next = await core.ask(14, reKey, { uid: named(uid), attributes });
    const left = async (one: string): Promise<unknown> =>
      fieldOf((await core.attributes(14, one)).get('Usage Limits'), TAG.usageLimitsCount);
    expect(await left(uid)).toMatchObject({ value: 84n });
    expect(await left(next.uid)).toBeUndefined();
  });

  it('makes a usable key in the place of one that has ended', async () => {
    const core = await begin();
    const uid = await makeActive(core);
    await core.ask(14, revoke, { uid: named(uid), reasonCode: 2 });
    const attributes = AttributeSet.empty;
    const next = await core.ask(14, reKey, { uid: named(uid), attributes });
    expect([await stateOf(core, uid), await stateOf(core, next.uid)]).toEqual([4, 2]);
    const { attributes: now } = await core.ask(14, getAttributes, {
      ...{ uid: named(next.uid), names: [] },
    });
    expect(now.has('Compromise Date') || now.has('Revocation Reason')).toBe(false);
    await core.ask(14, destroy, { uid: named(uid) });
    expect(await core.refusal(14, reKey, { uid: named(uid), attributes })).toBe('Item Not Found');
  });

  it('adds what the request says, but never another algorithm or length', async () => {
    const core = await begin();
    const uid = await makeActive(core);
    const length: NewAttribute = {
      ...{ name: 'Cryptographic Length', value: { type: 'integer', value: 128 } },
    };
    const refused = { uid: named(uid), attributes: AttributeSet.of([length]) };
    expect(await core.refusal(14, reKey, refused)).toBe('Invalid Field');
    const given = AttributeSet.of([nameAttribute('next')]);
    const next = await core.ask(14, reKey, { uid: named(uid), attributes: given });
    const { attributes } = await core.ask(14, getAttributes, {
      ...{ uid: named(next.uid), names: ['Name', 'Cryptographic Length'] },
    });
    expect(attributes.all('Name')).toHaveLength(1);
    expect(attributes.integer('Cryptographic Length')).toBe(256);
    const { uid: secret } = await core.ask(14, register, secretData(counting(8), 1, 0));
    const wrong = { uid: named(secret), attributes: AttributeSet.empty };
    expect(await core.refusal(21, reKey, wrong)).toBe('Invalid Object Type');
  });
});
