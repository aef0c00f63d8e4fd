import { describe, expect, it } from 'vitest';
import { EventKind } from '../../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import type { AttributeSet } from '../../../../src/kmip/attributes/attribute-set.ts';
import { type NewAttribute } from '../../../../src/kmip/attributes/attribute-set.ts';
import { linkAttribute, nameAttribute } from '../../../../src/kmip/attributes/build.ts';
import { activate } from '../../../../src/kmip/payloads/activate.ts';
import { addAttribute } from '../../../../src/kmip/payloads/add-attribute.ts';
import { deleteAttribute } from '../../../../src/kmip/payloads/delete-attribute.ts';
import { destroy } from '../../../../src/kmip/payloads/destroy.ts';
import { getAttributes } from '../../../../src/kmip/payloads/get-attributes.ts';
import { modifyAttribute } from '../../../../src/kmip/payloads/modify-attribute.ts';
import { register } from '../../../../src/kmip/payloads/register.ts';
import { setAttribute } from '../../../../src/kmip/payloads/set-attribute.ts';
import { LINK_TYPE } from '../../../../src/kmip/tables/enumerations.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { openPure } from '../../../support/providers.ts';
import { CoreSide, messageOf, named, NOW, reasonName, TENANT } from './support/core-side.ts';
import { aesKey, counting, dateAttribute, ENCRYPT_DECRYPT } from './support/objects.ts';

interface Scene {
  readonly core: CoreSide;
  readonly uid: ReturnType<typeof named>;
  readonly all: () => Promise<AttributeSet>;
}

/** A key with two Names. */
async function begin(...service: Parameters<CoreSide['addService']>): Promise<Scene> {
  const core = new CoreSide(await openPure());
  core.addService(...service);
  const made = await core.ask(14, register, aesKey(counting(32), ['a', 'b']));
  const uid = named(made.uid);
  const all = (): Promise<AttributeSet> => core.attributes(21, made.uid);
  return { core, uid, all };
}

const custom = (value: string): NewAttribute => ({
  ...{ name: 'x-note', value: { type: 'textString', value } },
});

describe('attributes in 1.x', () => {
  it('are added behind those of the same name, and told with their index', async () => {
    const { core, uid } = await begin();
    const added = await core.ask(14, addAttribute, { uid, attribute: nameAttribute('c') });
    expect(added.attribute).toMatchObject({ name: 'Name', index: 2 });
    const first = await core.ask(14, addAttribute, { uid, attribute: custom('one') });
    expect(first.attribute).toMatchObject({ name: 'x-note', index: 0 });
  });

  it('are modified by index, and an index that nothing has is refused', async () => {
    const { core, uid, all } = await begin();
    const attribute = { ...nameAttribute('B'), index: 1 };
    const { attribute: told, told: answer } = await core.ask(14, modifyAttribute, {
      ...{ uid, attribute },
    });
    expect(told).toEqual({ ...attribute });
    expect(answer.directives).toMatchObject([{ directive: { $case: 'setAttributes' } }]);
    expect((await all()).all('Name').map(({ value }) => value)).toEqual([
      nameAttribute('a').value,
      nameAttribute('B').value,
    ]);
    const beyond = { uid, attribute: { ...attribute, index: 2 } };
    expect(await core.refusal(14, modifyAttribute, beyond)).toBe('Index Out Of Bounds');
    expect(await core.refusal(14, modifyAttribute, { uid, attribute: custom('x') })).toBe(
      'Item Not Found',
    );
  });

  it('are deleted one by one, and the indices of others stay', async () => {
    const { core, uid } = await begin();
    const { attribute } = await core.ask(14, deleteAttribute, { uid, name: 'Name', index: 0 });
    expect(attribute).toEqual({ ...nameAttribute('a'), index: 0 });
    const left = await core.ask(14, getAttributes, { uid, names: ['Name'] });
    expect([...left.attributes]).toEqual([{ ...nameAttribute('b'), index: 1 }]);
    expect(await core.refusal(14, deleteAttribute, { uid, name: 'Name', index: 0 })).toBe(
      'Index Out Of Bounds',
    );
    expect(await core.refusal(14, deleteAttribute, { uid, name: 'nobody has it' })).toBe(
      'Item Not Found',
    );
  });
});

describe('attributes in 2.x', () => {
  it('are modified and deleted by their value', async () => {
    const { core, uid, all } = await begin();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => nameAttribute(name)) as [
      ...[NewAttribute, NewAttribute, NewAttribute],
    ];
    await core.ask(21, modifyAttribute, { uid, current: b, attribute: c });
    expect((await all()).all('Name').map(({ value }) => value)).toEqual([a.value, c.value]);
    expect(await core.refusal(21, modifyAttribute, { uid, current: b, attribute: c })).toBe(
      'Attribute Instance Not Found',
    );
    expect(await core.refusal(21, modifyAttribute, { uid, attribute: c })).toBe('Invalid Field');
    const another = { uid, current: custom('a'), attribute: c };
    expect(await core.refusal(21, modifyAttribute, another)).toBe('Invalid Field');
    await core.ask(21, deleteAttribute, { uid, name: 'Name', value: a.value });
    expect((await all()).all('Name')).toHaveLength(1);
    await core.ask(21, modifyAttribute, { uid, attribute: a });
    await core.ask(21, deleteAttribute, { uid, name: 'Name' });
    expect((await all()).has('Name')).toBe(false);
    expect(await core.refusal(21, deleteAttribute, { uid, name: 'Name' })).toBe(
      'Attribute Not Found',
    );
  });

  it('with one value are set, whether or not they were there', async () => {
    const { core, uid, all } = await begin();
    const contact = (value: string): NewAttribute => ({
      ...{ name: 'Contact Information', value: { type: 'textString', value } },
    });
    await core.ask(21, setAttribute, { uid, attribute: contact('one') });
    await core.ask(21, setAttribute, { uid, attribute: contact('two') });
    expect((await all()).all('Contact Information')).toMatchObject([{ value: { value: 'two' } }]);
    expect(await core.refusal(21, setAttribute, { uid, attribute: nameAttribute('c') })).toBe(
      'Invalid Attribute',
    );
  });

  it('that a client may not change stay as they are', async () => {
    const { core, uid, all } = await begin();
    const before = [...(await all())];
    const no: readonly NewAttribute[] = [
      { name: 'State', value: { type: 'enumeration', value: 2 } },
      { name: 'Unique Identifier', value: { type: 'textString', value: 'mine' } },
      { name: 'Key Format Type', value: { type: 'enumeration', value: 2 } },
      { name: 'Opaque Data Type', value: { type: 'enumeration', value: 2 } },
      { name: 'Initial Date', value: { type: 'dateTime', value: 0n } },
      { name: 'y-server', value: { type: 'textString', value: 'mine' } },
      { name: 'cryptobroker-Secret Data Type', value: { type: 'enumeration', value: 1 } },
    ];
    for (const attribute of no) {
      const told = await core.tell(21, addAttribute, { uid, attribute });
      expect(told.answer.succeeded, attribute.name).toBe(false);
      expect((await core.tell(21, setAttribute, { uid, attribute })).answer.succeeded).toBe(false);
      expect((await core.tell(21, modifyAttribute, { uid, attribute })).answer.succeeded).toBe(
        false,
      );
      const deleting = { uid, name: attribute.name };
      expect((await core.tell(21, deleteAttribute, deleting)).answer.succeeded).toBe(false);
    }
    // Neither a first value of what an object has by its making, nor one that the version does not have.
    const generator: NewAttribute = {
      name: 'Random Number Generator',
      value: {
        type: 'structure',
        fields: [{ tag: TAG.rngAlgorithm, value: { type: 'enumeration', value: 1 } }],
      },
    };
    expect(await core.refusal(21, setAttribute, { uid, attribute: generator })).toBe(
      'Attribute Read Only',
    );
    const newer = linkAttribute(LINK_TYPE.pkcs12CertificateLink, 'other');
    const message = messageOf(14, addAttribute, { uid, attribute: newer });
    // The last byte of the minor version: what 1.4 says, in a message of 1.0.
    message[51] = 0;
    const told = await core.send(message);
    expect([reasonName(told.item.reason), told.item.message]).toEqual([
      'Invalid Field',
      'the value is not known in this version',
    ]);
    const mask: NewAttribute = {
      ...{ name: 'Cryptographic Usage Mask', value: { type: 'integer', value: ENCRYPT_DECRYPT } },
    };
    expect(await core.refusal(21, addAttribute, { uid, attribute: mask })).toBe(
      'Attribute Single Valued',
    );
    expect(await core.refusal(14, modifyAttribute, { uid, attribute: mask })).toBe(
      'Permission Denied',
    );
    expect([...(await all())]).toEqual(before);
  });
});

describe('changes of attributes', () => {
  it('are told to all gateways, behind everything that restricts', async () => {
    const { core, uid } = await begin();
    const gateway = core.addGateway('edge-1');
    core.now += 5;
    await core.ask(14, addAttribute, { uid, attribute: custom('one') });
    expect(core.events(gateway)).toMatchObject([
      { kind: EventKind.EVENT_KIND_KEY_ATTRIBUTES, lane: 2, uid: uid.uid },
    ]);
    const { attributes } = await core.ask(14, getAttributes, { uid, names: ['Last Change Date'] });
    expect(attributes.date('Last Change Date')).toBe(BigInt(NOW + 5));
  });

  it('move dates until they have come, in their order', async () => {
    const { core, uid } = await begin();
    const set = (attribute: NewAttribute): Promise<string> =>
      core.refusal(21, setAttribute, { uid, attribute });
    await core.ask(21, setAttribute, {
      uid,
      attribute: dateAttribute('Activation Date', NOW + 10),
    });
    await core.ask(21, setAttribute, {
      uid,
      attribute: dateAttribute('Activation Date', NOW + 20),
    });
    expect(await set(dateAttribute('Deactivation Date', NOW + 15))).toBe('Invalid Attribute Value');
    const end = dateAttribute('Deactivation Date', NOW + 60);
    await core.ask(21, setAttribute, { uid, attribute: end });
    core.now += 20;
    expect(await set(dateAttribute('Activation Date', NOW + 30))).toBe('Wrong Key Lifecycle State');
    await core.ask(21, setAttribute, {
      uid,
      attribute: dateAttribute('Deactivation Date', NOW + 50),
    });
    core.now += 30;
    expect(await set(end)).toBe('Wrong Key Lifecycle State');
    const { attributes } = await core.ask(21, getAttributes, { uid, names: ['State'] });
    expect(attributes.enumeration('State')).toBe(3);
  });

  it('are remembered where it matters what was once true', async () => {
    const { core, all } = await begin();
    const sensitive = (value: boolean): NewAttribute => ({
      ...{ name: 'Sensitive', value: { type: 'boolean', value } },
    });
    const made = await core.ask(21, register, aesKey(counting(32), [], 12, [sensitive(true)]));
    const other = named(made.uid);
    const history = async (): Promise<unknown> =>
      (await core.attributes(21, made.uid)).boolean('Always Sensitive');
    expect(await history()).toBe(true);
    await core.ask(21, modifyAttribute, { uid: other, attribute: sensitive(false) });
    await core.ask(21, modifyAttribute, { uid: other, attribute: sensitive(true) });
    expect(await history()).toBe(false);
    expect((await all()).boolean('Always Sensitive')).toBe(false);
  });

  it('end with the key', async () => {
    const { core, uid } = await begin();
    await core.ask(14, destroy, { uid });
    expect(await core.refusal(21, addAttribute, { uid, attribute: custom('one') })).toBe(
      'Object Destroyed',
    );
  });

  it('are bounded in number and size', async () => {
    const { core, uid } = await begin();
    let answer = await core.tell(21, addAttribute, { uid, attribute: custom('0') });
    for (let index = 1; answer.answer.succeeded && index < 100; index += 1) {
      answer = await core.tell(21, addAttribute, { uid, attribute: custom(String(index)) });
    }
    expect(answer.answer.outcome).toBe('serverLimitExceeded');
    const big = await core.ask(14, register, aesKey(counting(32)));
    let last = answer;
    for (let index = 0; index < 20; index += 1) {
      const attribute = custom(String.fromCharCode(97 + index).repeat(4096));
      last = await core.tell(21, addAttribute, { uid: named(big.uid), attribute });
    }
    expect(last.item.message).toBe('the attributes are too large');
  });

  it('keep names unique where the policy says so, also for the key itself', async () => {
    const { core, uid } = await begin(TENANT, { uniqueNames: true });
    const other = await core.ask(14, register, aesKey(counting(32), ['c']));
    expect(await core.refusal(21, addAttribute, { uid, attribute: nameAttribute('c') })).toBe(
      'Non Unique Name Attribute',
    );
    await core.ask(14, modifyAttribute, { uid, attribute: { ...nameAttribute('a'), index: 0 } });
    await core.ask(14, destroy, { uid: named(other.uid) });
    await core.ask(21, addAttribute, { uid, attribute: nameAttribute('c') });
    await core.ask(14, activate, { uid });
  });
});
