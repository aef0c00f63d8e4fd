import { describe, expect, it } from 'vitest';
import { AttributeSet, type NewAttribute } from '../../../../src/kmip/attributes/attribute-set.ts';
import { nameAttribute } from '../../../../src/kmip/attributes/build.ts';
import { fieldOf } from '../../../../src/kmip/attributes/value.ts';
import { activate } from '../../../../src/kmip/payloads/activate.ts';
import { addAttribute } from '../../../../src/kmip/payloads/add-attribute.ts';
import { create } from '../../../../src/kmip/payloads/create.ts';
import { decrypt } from '../../../../src/kmip/payloads/decrypt.ts';
import { destroy } from '../../../../src/kmip/payloads/destroy.ts';
import { encrypt } from '../../../../src/kmip/payloads/encrypt.ts';
import { getAttributeList } from '../../../../src/kmip/payloads/get-attribute-list.ts';
import { getAttributes } from '../../../../src/kmip/payloads/get-attributes.ts';
import { get, type GetResponse } from '../../../../src/kmip/payloads/get.ts';
import { locate } from '../../../../src/kmip/payloads/locate.ts';
import { modifyAttribute } from '../../../../src/kmip/payloads/modify-attribute.ts';
import { reKey } from '../../../../src/kmip/payloads/re-key.ts';
import { register } from '../../../../src/kmip/payloads/register.ts';
import { revoke } from '../../../../src/kmip/payloads/revoke.ts';
import {
  BLOCK_CIPHER_MODE,
  CRYPTOGRAPHIC_ALGORITHM,
  LINK_TYPE,
  OBJECT_TYPE,
  PADDING_METHOD,
} from '../../../../src/kmip/tables/enumerations.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { openNative, openPure } from '../../../support/providers.ts';
import { CoreSide, named } from './support/core-side.ts';
import { aesKey, aesRequest, counting, ENCRYPT_DECRYPT, secretData } from './support/objects.ts';

const CBC = {
  blockCipherMode: BLOCK_CIPHER_MODE.cbc,
  paddingMethod: PADDING_METHOD.pkcs5,
  cryptographicAlgorithm: CRYPTOGRAPHIC_ALGORITHM.aes,
};

/** Each the delegated part of what a released client sends, field by field. */
describe.each([
  ['pure', openPure],
  ['native', openNative],
] as const)('over the %s provider a client', (_name, open) => {
  const begin = async (): Promise<CoreSide> => {
    const core = new CoreSide(await open());
    core.addService();
    return core;
  };

  it('like MongoDB with client-side encryption registers, activates and reads a seed of 96 bytes', async () => {
    const core = await begin();
    const { uid } = await core.ask(10, register, secretData(counting(96), 2, 0));
    expect(await core.ask(10, activate, { uid: named(uid) })).toMatchObject({ uid });
    const { object, told } = await core.ask(10, get, { uid: named(uid) });
    expect(object).toMatchObject({ kind: 'secret-data', secretDataType: 2 });
    expect(object.kind === 'secret-data' && object.keyBlock.keyFormatType).toBe(2);
    expect(materialOf(object)).toEqual(Buffer.from(counting(96)));
    expect(told.answer.secret).toBe(true);
    expect(told.directives).toMatchObject([{ directive: { $case: 'put', value: { uid } } }]);
  });

  it('like MongoDB with delegated encryption is told the initialisation vector of what it has encrypted', async () => {
    const core = await begin();
    const { uid, objectType } = await core.ask(12, create, aesRequest(256));
    expect(objectType).toBe(OBJECT_TYPE.symmetricKey);
    await core.ask(12, activate, { uid: named(uid) });
    const data = counting(96);
    const sealed = await core.ask(12, encrypt, {
      ...{ uid: named(uid), parameters: { ...CBC, randomIv: true }, data },
    });
    expect(sealed.data?.byteLength).toBe(112);
    expect(sealed.iv?.byteLength).toBe(16);
    const again = await core.ask(12, encrypt, {
      ...{ uid: named(uid), parameters: { ...CBC, randomIv: true }, data },
    });
    expect(again.iv).not.toEqual(sealed.iv);
    const opened = await core.ask(12, decrypt, {
      ...{ uid: named(uid), parameters: CBC, data: sealed.data, iv: sealed.iv },
    });
    expect(opened.data).toEqual(data);
    expect(opened.told.answer.secret).toBe(true);
    expect(sealed.told.answer.secret).toBe(false);
  });

  it('like Percona Server for MongoDB polls the state of its master key before it reads it', async () => {
    const core = await begin();
    const { uid } = await core.ask(10, register, aesKey(counting(32)));
    await core.ask(10, activate, { uid: named(uid) });
    const { attributes } = await core.ask(10, getAttributes, {
      ...{ uid: named(uid), names: ['State'] },
    });
    expect([...attributes].map(({ name }) => name)).toEqual(['State']);
    expect(attributes.enumeration('State')).toBe(2);
    const { object, uid: echoed } = await core.ask(10, get, { uid: named(uid) });
    expect(echoed).toBe(uid);
    expect(object.kind === 'symmetric-key' && object.keyBlock).toMatchObject({
      keyFormatType: 1,
      cryptographicAlgorithm: 3,
      cryptographicLength: 256,
      keyWrappingData: undefined,
    });
    expect(materialOf(object)).toEqual(Buffer.from(counting(32)));
    expect(await core.refusal(10, get, { uid: named('no such key') })).toBe('Item Not Found');
  });

  it('like the keyring of Percona Server for MySQL finds its keys by group, and takes one out of use', async () => {
    const core = await begin();
    const group: NewAttribute = {
      ...{ name: 'Object Group', value: { type: 'textString', value: 'keyring' } },
    };
    const { uid } = await core.ask(10, register, aesKey(counting(32), ['INNODB'], 12, [group]));
    await core.ask(10, register, aesKey(counting(32), ['other']));
    await core.ask(10, activate, { uid: named(uid) });
    const found = await core.ask(10, locate, { filters: AttributeSet.of([group]) });
    expect(found.uids).toEqual([uid]);
    expect((await core.ask(10, locate, { filters: AttributeSet.empty })).uids).toHaveLength(2);
    const { attributes } = await core.ask(10, getAttributes, {
      ...{ uid: named(uid), names: ['Name'] },
    });
    expect(nameIn(attributes)).toBe('INNODB');
    expect(await core.refusal(10, destroy, { uid: named(uid) })).toBe('Permission Denied');
    await core.ask(10, revoke, { uid: named(uid), reasonCode: 1 });
    const gone = await core.ask(10, destroy, { uid: named(uid) });
    expect(gone.told.directives).toMatchObject([
      { directive: { $case: 'setState', value: { uid, state: 5 } } },
    ]);
    expect(await core.refusal(10, get, { uid: named(uid) })).toBe('Item Not Found');
  });

  it('like vCenter asks for an attribute that is not there and adds three of its own', async () => {
    const core = await begin();
    const { uid } = await core.ask(11, create, aesRequest(256));
    const before = await core.ask(11, getAttributes, {
      ...{ uid: named(uid), names: ['x-Product_Version'] },
    });
    expect(before.attributes.size).toBe(0);
    for (const name of ['x-Product_Version', 'x-Vendor', 'x-Product'] as const) {
      const value = { type: 'textString', value: 'VMware' } as const;
      const { attribute } = await core.ask(11, addAttribute, {
        ...{ uid: named(uid), attribute: { name, value } },
      });
      expect(attribute).toEqual({ name, index: 0, value });
    }
    const after = await core.ask(11, getAttributes, {
      ...{ uid: named(uid), names: ['x-Product_Version'] },
    });
    expect(after.attributes.text('x-Product_Version')).toBe('VMware');
    expect(materialOf((await core.ask(11, get, { uid: named(uid) })).object).byteLength).toBe(32);
  });

  it('like MySQL Enterprise makes, uses, revokes and destroys a key', async () => {
    const core = await begin();
    const { uid } = await core.ask(11, create, aesRequest(256, 2108));
    await core.ask(11, activate, { uid: named(uid) });
    await core.ask(11, get, { uid: named(uid) });
    await core.ask(11, revoke, { uid: named(uid), reasonCode: 6, reasonMessage: 'no longer used' });
    await core.ask(11, destroy, { uid: named(uid) });
    const { attributes } = await core.ask(11, getAttributes, { uid: named(uid), names: [] });
    expect(attributes.enumeration('State')).toBe(5);
    expect(attributes.has('Destroy Date')).toBe(true);
  });

  it('like PostgreSQL with pg_tde finds its key by type and name', async () => {
    const core = await begin();
    const { uid } = await core.ask(14, register, aesKey(counting(16), ['principal']));
    const { uids, locatedItems } = await core.ask(14, locate, {
      filters: AttributeSet.of([
        { name: 'Object Type', value: { type: 'enumeration', value: OBJECT_TYPE.symmetricKey } },
        nameAttribute('principal'),
      ]),
    });
    expect([uids, locatedItems]).toEqual([[uid], 1]);
    expect(materialOf((await core.ask(14, get, { uid: named(uid) })).object)).toEqual(
      Buffer.from(counting(16)),
    );
  });

  it('like Synology renames a password that it has registered', async () => {
    const core = await begin();
    const policy: NewAttribute = {
      ...{ name: 'Operation Policy Name', value: { type: 'textString', value: 'default' } },
    };
    const { uid } = await core.ask(
      12,
      register,
      secretData(Buffer.from('correct horse'), 1, 2, [policy, nameAttribute('volume')]),
    );
    const { attribute } = await core.ask(12, modifyAttribute, {
      ...{ uid: named(uid), attribute: { ...nameAttribute('volume 1'), index: 0 } },
    });
    expect(attribute).toMatchObject({ name: 'Name', index: 0 });
    const found = async (name: string): Promise<readonly string[]> =>
      (await core.ask(12, locate, { filters: AttributeSet.of([nameAttribute(name)]) })).uids;
    expect([await found('volume'), await found('volume 1')]).toEqual([[], [uid]]);
    await core.ask(12, activate, { uid: named(uid) });
    const { names } = await core.ask(12, getAttributeList, { uid: named(uid) });
    expect(names).toEqual(expect.arrayContaining(['State', 'Name', 'Operation Policy Name']));
    const { attributes } = await core.ask(12, getAttributes, {
      ...{ uid: named(uid), names: ['State', 'Object Type', 'Operation Policy Name'] },
    });
    expect(attributes.enumeration('State')).toBe(2);
    expect(attributes.enumeration('Object Type')).toBe(OBJECT_TYPE.secretData);
    expect(attributes.text('Operation Policy Name')).toBe('default');
    const { object } = await core.ask(12, get, { uid: named(uid) });
    expect(materialOf(object).toString()).toBe('correct horse');
  });

  it('like VAST Data gives its key names later, and replaces it', async () => {
    const core = await begin();
    const text = (value: string) => ({ type: 'textString', value }) as const;
    const policy: NewAttribute = { name: 'Operation Policy Name', value: text('default') };
    const { uid } = await core.ask(14, create, aesRequest(256, ENCRYPT_DECRYPT, [policy]));
    for (const attribute of [
      nameAttribute('vast'),
      { name: 'Object Group', value: text('cluster') } as const,
      policy,
    ]) {
      await core.ask(14, addAttribute, { uid: named(uid), attribute });
    }
    await core.ask(14, activate, { uid: named(uid) });
    const locateOne = { maximumItems: 1, filters: AttributeSet.of([nameAttribute('vast')]) };
    expect((await core.ask(14, locate, locateOne)).uids).toEqual([uid]);
    const before = await core.ask(14, getAttributes, {
      ...{ uid: named(uid), names: ['State', 'Activation Date'] },
    });
    expect(before.attributes.enumeration('State')).toBe(2);

    const { uid: next, told } = await core.ask(14, reKey, {
      ...{ uid: named(uid), attributes: AttributeSet.empty },
    });
    expect(next).not.toBe(uid);
    expect(
      told.directives.map(({ directive }) => [directive?.$case, directive?.value.uid]),
    ).toEqual([
      ['put', next],
      ['setAttributes', uid],
    ]);
    expect((await core.ask(14, locate, locateOne)).uids).toEqual([next]);
    const [oldOne, newOne] = [
      await core.ask(14, getAttributes, { uid: named(uid), names: [] }),
      await core.ask(14, getAttributes, { uid: named(next), names: [] }),
    ];
    expect(oldOne.attributes.has('Name')).toBe(false);
    expect(linksOf(oldOne.attributes)).toEqual([[LINK_TYPE.replacementObjectLink, next]]);
    expect(linksOf(newOne.attributes)).toEqual([[LINK_TYPE.replacedObjectLink, uid]]);
    expect(newOne.attributes.text('Object Group')).toBe('cluster');
    expect(newOne.attributes.date('Activation Date')).toBe(
      before.attributes.date('Activation Date'),
    );
    expect(newOne.attributes.enumeration('State')).toBe(2);
    const materials = await Promise.all(
      [uid, next].map(async (one) => (await core.ask(14, get, { uid: named(one) })).object),
    );
    expect(materials[0]).not.toEqual(materials[1]);
  });

  it('like Scality Arsenal encrypts with a vector of zeros, and ends the key', async () => {
    const core = await begin();
    const { uid } = await core.ask(14, create, aesRequest(256));
    await core.ask(14, activate, { uid: named(uid) });
    const iv = new Uint8Array(16);
    const data = counting(32);
    const sealed = await core.ask(14, encrypt, { uid: named(uid), parameters: CBC, data, iv });
    expect(sealed.iv).toBeUndefined();
    const asked = { uid: named(uid), parameters: CBC, data: sealed.data, iv };
    expect((await core.ask(14, decrypt, asked)).data).toEqual(data);
    await core.ask(14, revoke, { uid: named(uid), reasonCode: 6 });
    expect((await core.ask(14, decrypt, asked)).data).toEqual(data);
    expect(await core.refusal(14, encrypt, { ...asked, data })).toBe('Permission Denied');
    await core.ask(14, destroy, { uid: named(uid) });
    expect(await core.refusal(14, decrypt, asked)).toBe('Item Not Found');
  });
});

/** The bytes of an object; a copy. */
function materialOf(object: GetResponse['object']): Buffer {
  const bytes = object.kind === 'opaque-object' ? object.value : object.keyBlock.keyMaterial;
  return bytes instanceof Uint8Array ? Buffer.from(bytes) : Buffer.alloc(0);
}

function nameIn(attributes: AttributeSet): unknown {
  const field = fieldOf(attributes.get('Name'), TAG.nameValue);
  return field?.type === 'textString' ? field.value : undefined;
}

function linksOf(attributes: AttributeSet): unknown[] {
  return attributes.all('Link').map(({ value }) => {
    const type = fieldOf(value, TAG.linkType);
    const uid = fieldOf(value, TAG.linkedObjectIdentifier);
    return [
      type?.type === 'enumeration' ? type.value : undefined,
      uid?.type === 'textString' ? uid.value : undefined,
    ];
  });
}
