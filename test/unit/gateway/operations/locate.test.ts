import { beforeEach, describe, expect, it } from 'vitest';
import { KEY_STATE } from '../../../../src/gateway/keys/key-state.ts';
import { BrokerError } from '../../../../src/errors/index.ts';
import { AttributeSet, type NewAttribute } from '../../../../src/kmip/attributes/attribute-set.ts';
import { nameAttribute } from '../../../../src/kmip/attributes/build.ts';
import { create } from '../../../../src/kmip/payloads/create.ts';
import { get } from '../../../../src/kmip/payloads/get.ts';
import { locate, type LocateRequest } from '../../../../src/kmip/payloads/locate.ts';
import { OBJECT_TYPE, OPERATION } from '../../../../src/kmip/tables/enumerations.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { TtlvReader } from '../../../../src/kmip/ttlv/reader.ts';
import { KMIP_VERSIONS, type KmipVersion } from '../../../../src/kmip/version.ts';
import { clientOf } from '../../../support/gateway/key-side.ts';
import {
  answered,
  expectFailure,
  item,
  openKmipSide,
  PLACEHOLDER,
  uidOf,
  type KmipSide,
} from '../../../support/gateway/kmip-side.ts';
import { POLICY, TENANT } from '../../../support/gateway/test-core.ts';
import { integer, name, structure } from '../../../support/kmip/hand-made.ts';

let kmip: KmipSide;

beforeEach(async () => {
  kmip = await openKmipSide();
  coreFinds([]);
});

const OTHER = 'd5a90c10-8a0b-4d5e-9c0a-3c3d7c0f2f11';
const ANOTHER = 'e5a90c10-8a0b-4d5e-9c0a-3c3d7c0f2f11';

/** The Core finds these, in pages as they are asked for. */
function coreFinds(uids: readonly string[]): void {
  kmip.core.script = (asked, _request, { header }) => {
    const request = locate.decodeRequest(new TtlvReader(asked.payload), header.version);
    const { maximumItems = 0, offsetItems = 0 } = request;
    return {
      payload: (writer, version) => {
        const page = uids.slice(offsetItems, offsetItems + maximumItems);
        locate.encodeResponse(writer, { locatedItems: uids.length, uids: page }, version);
      },
    };
  };
}

async function find(
  filters: readonly NewAttribute[] = [],
  request: Omit<LocateRequest, 'filters'> = {},
  version: KmipVersion = 14,
) {
  const answer = await kmip.one(version, locate, { ...request, filters: AttributeSet.of(filters) });
  return answer.read(locate);
}

const enumeration = (
  attribute: 'State' | 'Object Type' | 'Cryptographic Algorithm',
  value: number,
) => ({ name: attribute, value: { type: 'enumeration', value } }) as const;
const state = (value: number): NewAttribute => enumeration('State', value);
const text = (attribute: NewAttribute['name'], value: string): NewAttribute => ({
  name: attribute,
  value: { type: 'textString', value },
});

async function setState(uid: string, value: number): Promise<void> {
  const change = { uid, state: value, attributes: new Uint8Array(), reasonCode: 0 };
  const directive = { $case: 'setState', value: change } as const;
  await kmip.side.applyDirectives([{ directive }], kmip.side.client);
}

describe('Locate of keys here', () => {
  beforeEach(() => {
    kmip.link('cut');
  });

  it.each(KMIP_VERSIONS)('finds by attributes, all of them, in version %i', async (version) => {
    const group = text('Object Group', 'g');
    const one = await kmip.make(version, [nameAttribute('one'), group]);
    const two = await kmip.make(version, [nameAttribute('two'), group]);
    const uids = async (...filters: NewAttribute[]): Promise<readonly string[]> =>
      (await find(filters, {}, version)).uids;
    expect(await uids()).toEqual([one, two]);
    expect(await uids(nameAttribute('two'))).toEqual([two]);
    expect(await uids(group, nameAttribute('one'))).toEqual([one]);
    expect(await uids(nameAttribute('three'))).toEqual([]);
    expect(await uids(enumeration('Object Type', OBJECT_TYPE.symmetricKey), group)).toEqual([
      one,
      two,
    ]);
    expect(await uids(enumeration('Object Type', OBJECT_TYPE.secretData))).toEqual([]);
    expect(await uids(enumeration('Cryptographic Algorithm', 3))).toEqual([one, two]);
    expect(
      await uids({ name: 'Cryptographic Length', value: { type: 'integer', value: 128 } }),
    ).toEqual([]);
    expect(await uids(state(KEY_STATE.preActive))).toEqual([one, two]);
    expect(await uids(state(KEY_STATE.active))).toEqual([]);
    expect(await uids(text('Unique Identifier', two))).toEqual([two]);
    expect(await uids(text('Unique Identifier', two), nameAttribute('one'))).toEqual([]);
    expect(await uids(text('Unique Identifier', `${TENANT}:${two}:1`))).toEqual([two]);
  });

  it('pages in the order in which keys were made', async () => {
    const uids: string[] = [];
    for (let count = 0; count < 7; count += 1) uids.push(await kmip.make());
    const page = async (offsetItems: number, maximumItems: number) =>
      await find([], { offsetItems, maximumItems });
    expect(await page(0, 3)).toEqual({ locatedItems: 7, uids: uids.slice(0, 3) });
    expect(await page(3, 3)).toEqual({ locatedItems: 7, uids: uids.slice(3, 6) });
    expect(await page(6, 3)).toEqual({ locatedItems: 7, uids: uids.slice(6) });
    expect(await page(7, 3)).toEqual({ locatedItems: 7, uids: [] });
    expect(await page(0, 0)).toEqual({ locatedItems: 7, uids: [] });
    expect(await find([], { maximumItems: 2 }, 10)).toEqual({
      locatedItems: undefined,
      uids: uids.slice(0, 2),
    });
  });

  it('lists no keys of another service or tenant', async () => {
    const others = [
      { ...POLICY, serviceId: 'another' },
      { ...POLICY, tenantId: 'other' },
    ];
    kmip = await openKmipSide({ others });
    kmip.link('cut');
    await kmip.make(14, [nameAttribute('mine')]);
    for (const client of [clientOf(TENANT, 'another'), clientOf('other', 'orders')]) {
      const filters = AttributeSet.of([nameAttribute('mine')]);
      const answer = await kmip.one(14, locate, { filters }, { client });
      expect(answer.read(locate)).toEqual({ locatedItems: 0, uids: [] });
    }
  });

  it('leaves destroyed keys out, unless they are asked for', async () => {
    const [gone, here] = [await kmip.make(), await kmip.make()];
    await setState(gone, KEY_STATE.destroyed);
    expect((await find()).uids).toEqual([here]);
    expect((await find([state(KEY_STATE.destroyed)])).uids).toEqual([gone]);
    expect((await find([], { storageStatusMask: 1 })).uids).toEqual([here]);
    expect((await find([], { storageStatusMask: 2 })).uids).toEqual([]);
    expect((await find([], { storageStatusMask: 4 }, 21)).uids).toEqual([gone]);
    expect((await find([], { storageStatusMask: 5 }, 21)).uids).toEqual([gone, here]);
  });

  it('leaves quarantined keys out', async () => {
    const [bad, good] = [await kmip.make(), await kmip.make()];
    await kmip.side.vault.commit({ quarantine: [{ tenant: TENANT, uid: bad, reason: 'test' }] });
    expect((await find()).uids).toEqual([good]);
    expect((await find([text('Unique Identifier', bad)])).uids).toEqual([]);
  });

  it('counts dates that have passed', async () => {
    const soon = BigInt(Math.floor(kmip.side.clock.now() / 1000)) + 5n;
    const activation: NewAttribute = {
      name: 'Activation Date',
      value: { type: 'dateTime', value: soon },
    };
    const uid = await kmip.make(14, [activation]);
    expect((await find([state(KEY_STATE.active)])).uids).toEqual([]);
    kmip.side.clock.pass(6000);
    expect((await find([state(KEY_STATE.active)])).uids).toEqual([uid]);
  });

  it('sets the placeholder to the one that was found, and to none of several', async () => {
    const uid = await kmip.make(14, [nameAttribute('one')]);
    await kmip.make(14, [nameAttribute('two')]);
    const filters = AttributeSet.of([nameAttribute('one')]);
    const { items } = await kmip.ask(14, [
      item(14, locate, { filters }),
      item(14, get, { uid: PLACEHOLDER }),
    ]);
    expect(answered(items[1], 14).read(get).uid).toBe(uid);
    const several = await kmip.ask(14, [
      item(14, locate, { filters: AttributeSet.empty }),
      item(14, get, { uid: PLACEHOLDER }),
    ]);
    expectFailure(answered(several.items[1], 14), 14, 'itemNotFound');
  });

  it('finds by a Name inside a template, as FortiGate asks', async () => {
    const uid = await kmip.make(10, [nameAttribute('forti')]);
    await kmip.make(10, [nameAttribute('other')]);
    const payload = structure(
      TAG.requestPayload,
      integer(TAG.maximumItems, 1),
      structure(TAG.templateAttribute, name(TAG.name, 'forti')),
    );
    const { items } = await kmip.ask(10, [{ operation: OPERATION.locate, payload }]);
    expect(answered(items[0], 10).read(locate).uids).toEqual([uid]);
  });

  it('finds keys that were given to nobody yet', async () => {
    const [served, unserved] = [await kmip.make(), await kmip.make()];
    await kmip.one(14, get, { uid: uidOf(served) });
    const fresh = (value: boolean): NewAttribute => ({
      name: 'Fresh',
      value: { type: 'boolean', value },
    });
    expect((await find([fresh(true)])).uids).toEqual([unserved]);
    expect((await find([fresh(false)])).uids).toEqual([served]);
  });

  it('knows no members of groups', async () => {
    const answer = await kmip.one(14, locate, {
      objectGroupMember: 1,
      filters: AttributeSet.empty,
    });
    expectFailure(answer, 14, 'featureNotSupported');
  });
});

describe('Locate while the link stands', () => {
  it('asks the core with the same filters, when it knows of all that was made here', async () => {
    await kmip.make(14, [nameAttribute('one')]);
    await kmip.make();
    await find([nameAttribute('one'), state(KEY_STATE.active)], { maximumItems: 5 }, 11);
    expect(kmip.core.flushed).toEqual([2]);
    const [message] = kmip.core.messages;
    // In the newest version of the family: the older ones have no offset.
    expect(message?.header.version).toBe(14);
    const asked = locate.decodeRequest(
      new TtlvReader(message?.items[0]?.payload ?? new Uint8Array()),
      14,
    );
    expect(asked.offsetItems).toBe(0);
    expect([...asked.filters].map((filter) => filter.name)).toEqual(['Name', 'State']);
    await find([], {}, 20);
    expect(kmip.core.messages[1]?.header.version).toBe(21);
  });

  it('merges both lists, each key once, those here first', async () => {
    const [one, two] = [await kmip.make(), await kmip.make()];
    coreFinds([OTHER, two, one, ANOTHER]);
    expect(await find()).toEqual({ locatedItems: 4, uids: [one, two, OTHER, ANOTHER] });
    expect(await find([], { offsetItems: 1, maximumItems: 2 })).toEqual({
      locatedItems: 4,
      uids: [two, OTHER],
    });
  });

  it('does not lose keys that only this gateway knows', async () => {
    const uid = await kmip.make();
    coreFinds([OTHER]);
    expect((await find()).uids).toEqual([uid, OTHER]);
  });

  it('lets the state that allows less win', async () => {
    const active: NewAttribute = {
      name: 'Activation Date',
      value: { type: 'dateTime', value: 1n },
    };
    const uid = await kmip.make(14, [active]);
    const { entry } = (await kmip.side.handlers.outbox(1))[0] ?? {};
    expect(entry).toBeDefined();
    // As long as the Core has not been told of the key, its silence means nothing.
    coreFinds([]);
    expect((await find([state(KEY_STATE.active)])).uids).toEqual([uid]);
    await kmip.side.vault.acknowledgeOutbox(1);
    // The Core has deactivated it, and the event is under way.
    expect((await find([state(KEY_STATE.active)])).uids).toEqual([]);
    coreFinds([uid]);
    expect((await find([state(KEY_STATE.deactivated)])).uids).toEqual([uid]);
    expect((await find([state(KEY_STATE.active)])).uids).toEqual([uid]);
    // The Core has heard of less than this gateway has.
    await setState(uid, KEY_STATE.compromised);
    expect((await find([state(KEY_STATE.active)])).uids).toEqual([]);
    expect((await find([state(KEY_STATE.compromised)])).uids).toEqual([uid]);
  });

  it('lists nothing of the core’s that is destroyed or quarantined here', async () => {
    const [gone, bad] = [await kmip.make(), await kmip.make()];
    await setState(gone, KEY_STATE.destroyed);
    await kmip.side.vault.commit({ quarantine: [{ tenant: TENANT, uid: bad, reason: 'test' }] });
    coreFinds([gone, bad, OTHER]);
    expect((await find()).uids).toEqual([OTHER]);
  });

  it('takes all pages of the core', async () => {
    const many = Array.from({ length: 2500 }, (_, index) => `core-${index}`);
    coreFinds(many);
    const { locatedItems, uids } = await find([], { offsetItems: 2400 });
    expect(locatedItems).toBe(2500);
    expect(uids).toEqual(many.slice(2400));
    expect(kmip.core.requests).toHaveLength(3);
    // One answer has a thousand at most.
    expect((await find()).uids).toEqual(many.slice(0, 1000));
  });

  it('tells of the vault alone when the core has more than can be merged', async () => {
    const uid = await kmip.make();
    coreFinds(Array.from({ length: 5000 }, (_, index) => `core-${index}`));
    expect(await find()).toEqual({ locatedItems: 1, uids: [uid] });
  });

  it.each(['CORE_UNREACHABLE', 'CORE_OUTCOME_UNKNOWN', 'UPLINK_BUSY'] as const)(
    'tells of the vault alone when the core does not answer, for %s',
    async (code) => {
      const uid = await kmip.make();
      kmip.core.failure = new BrokerError(code, 'no answer');
      expect(await find()).toEqual({ locatedItems: 1, uids: [uid] });
      kmip.core.failure = undefined;
      kmip.core.flushFailure = new BrokerError(code, 'no answer');
      expect(await find()).toEqual({ locatedItems: 1, uids: [uid] });
    },
  );

  it('passes the core’s refusal on', async () => {
    kmip.core.script = () => ({ reason: 12, message: 'not for you' });
    const answer = await kmip.one(14, locate, { filters: AttributeSet.empty });
    expect(answer).toMatchObject({ status: 1, reason: 12, message: 'not for you' });
  });

  it('does not believe an answer that it cannot read', async () => {
    kmip.core.script = () => ({
      payload: (writer, version) => {
        create.encodeResponse(writer, { objectType: 2, uid: OTHER }, version);
      },
    });
    const answer = await kmip.one(14, locate, { filters: AttributeSet.empty });
    expectFailure(answer, 14, 'generalFailure', 'outcome unknown');
  });
});
