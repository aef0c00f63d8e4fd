import { describe, expect, it } from 'vitest';
import { AttributeSet, type NewAttribute } from '../../../../src/kmip/attributes/attribute-set.ts';
import { nameAttribute } from '../../../../src/kmip/attributes/build.ts';
import { destroy } from '../../../../src/kmip/payloads/destroy.ts';
import { locate, type LocateRequest } from '../../../../src/kmip/payloads/locate.ts';
import { register } from '../../../../src/kmip/payloads/register.ts';
import { STORAGE_STATUS_MASK } from '../../../../src/kmip/tables/masks.ts';
import type { KmipVersion } from '../../../../src/kmip/version.ts';
import { openPure } from '../../../support/providers.ts';
import { CoreSide, named, NOW, TENANT } from './support/core-side.ts';
import { aesKey, counting, dateAttribute, secretData } from './support/objects.ts';

async function begin(): Promise<CoreSide> {
  const core = new CoreSide(await openPure());
  core.addService();
  return core;
}

async function found(
  core: CoreSide,
  request: Partial<LocateRequest> = {},
  version: KmipVersion = 14,
): Promise<{ readonly uids: readonly string[]; readonly locatedItems?: number | undefined }> {
  const { uids, locatedItems } = await core.ask(version, locate, {
    ...{ filters: AttributeSet.empty, ...request },
  });
  return { uids, locatedItems };
}

const having = (...filters: readonly NewAttribute[]): Partial<LocateRequest> => ({
  filters: AttributeSet.of(filters),
});
const state = (value: number): NewAttribute => ({
  ...{ name: 'State', value: { type: 'enumeration', value } },
});

describe('Locate', () => {
  it('finds by all filters together, in the order in which the core learned of the keys', async () => {
    const core = await begin();
    const group: NewAttribute = {
      ...{ name: 'Object Group', value: { type: 'textString', value: 'g' } },
    };
    const uids: string[] = [];
    for (const [names, further] of [
      [['a', 'shared'], [group]],
      [['b', 'shared'], []],
      [['c', 'shared'], [group]],
    ] as const) {
      const { uid } = await core.ask(14, register, aesKey(counting(16), names, 12, further));
      uids.push(uid);
    }
    const { uid: secret } = await core.ask(14, register, secretData(counting(8), 1, 0, [group]));
    expect((await found(core)).uids).toEqual([...uids, secret]);
    expect((await found(core, having(nameAttribute('shared')))).uids).toEqual(uids);
    const both = having(nameAttribute('shared'), group);
    expect((await found(core, both)).uids).toEqual([uids[0], uids[2]]);
    const type: NewAttribute = {
      ...{ name: 'Object Type', value: { type: 'enumeration', value: 7 } },
    };
    expect((await found(core, having(type, group))).uids).toEqual([secret]);
    expect((await found(core, having(nameAttribute('none')))).uids).toEqual([]);
    const mask: NewAttribute = {
      ...{ name: 'Cryptographic Usage Mask', value: { type: 'integer', value: 4 } },
    };
    expect((await found(core, having(mask))).uids).toEqual(uids);
  });

  it('pages through many in a stable order, and says how many there are', async () => {
    const core = await begin();
    for (let index = 0; index < 7; index += 1) {
      await core.ask(14, register, aesKey(counting(16), [String(index)]));
    }
    const all = (await found(core)).uids;
    const pages = [];
    for (let offsetItems = 0; offsetItems < 9; offsetItems += 3) {
      const page = await found(core, { maximumItems: 3, offsetItems });
      expect(page.locatedItems).toBe(7);
      pages.push(...page.uids);
    }
    expect(pages).toEqual(all);
    expect(await found(core, { maximumItems: 0 })).toEqual({ uids: [], locatedItems: 7 });
    // 1.0 knows neither offset nor total.
    expect(await found(core, { maximumItems: 2 }, 10)).toEqual({
      ...{ uids: all.slice(0, 2), locatedItems: undefined },
    });
  });

  it('looks at the state of now', async () => {
    const core = await begin();
    const date = dateAttribute('Activation Date', NOW + 10);
    const { uid } = await core.ask(14, register, aesKey(counting(16), [], 12, [date]));
    expect((await found(core, having(state(1)))).uids).toEqual([uid]);
    core.now += 10;
    expect((await found(core, having(state(1)))).uids).toEqual([]);
    expect((await found(core, having(state(2)))).uids).toEqual([uid]);
  });

  it('tells of destroyed keys those who ask for them', async () => {
    const core = await begin();
    const { uid } = await core.ask(14, register, aesKey(counting(16)));
    await core.ask(14, destroy, { uid: named(uid) });
    expect((await found(core)).uids).toEqual([]);
    expect((await found(core, having(state(5)))).uids).toEqual([uid]);
    const { archivalStorage, destroyedStorage, onLineStorage } = STORAGE_STATUS_MASK;
    const storageStatusMask = destroyedStorage | onLineStorage;
    expect((await found(core, { storageStatusMask }, 21)).uids).toEqual([uid]);
    await core.ask(14, register, aesKey(counting(16)));
    expect((await found(core, { storageStatusMask: archivalStorage })).uids).toEqual([]);
  });

  it('finds one by its identifier, in either form, if everything else fits', async () => {
    const core = await begin();
    const { uid } = await core.ask(14, register, aesKey(counting(16), ['a']));
    const id = (value: string): NewAttribute => ({
      ...{ name: 'Unique Identifier', value: { type: 'textString', value } },
    });
    const { uids, locatedItems } = await found(core, having(id(uid), nameAttribute('a')));
    expect([uids, locatedItems]).toEqual([[uid], 1]);
    expect((await found(core, having(id(`${TENANT}:${uid}:1`)))).uids).toEqual([uid]);
    expect((await found(core, having(id(uid), nameAttribute('b')))).uids).toEqual([]);
    expect((await found(core, having(id('none')))).uids).toEqual([]);
    expect((await found(core, { ...having(id(uid)), offsetItems: 1 })).uids).toEqual([]);
  });

  it('refuses what it cannot look for', async () => {
    const core = await begin();
    const request = { filters: AttributeSet.empty, objectGroupMember: 1 };
    expect(await core.refusal(14, locate, request)).toBe('Feature Not Supported');
  });
});
