import { describe, expect, it } from 'vitest';
import { AttributeSet, type NewAttribute } from '../../../../src/kmip/attributes/attribute-set.ts';
import { digestAttribute, nameAttribute } from '../../../../src/kmip/attributes/build.ts';
import { create } from '../../../../src/kmip/payloads/create.ts';
import { getAttributes } from '../../../../src/kmip/payloads/get-attributes.ts';
import { get } from '../../../../src/kmip/payloads/get.ts';
import type { KeyBlock } from '../../../../src/kmip/payloads/key-block.ts';
import { register } from '../../../../src/kmip/payloads/register.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { TtlvWriter } from '../../../../src/kmip/ttlv/writer.ts';
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

/** Registers an AES key whose key block differs so from a good one. */
function registering(
  change: Partial<KeyBlock>,
  material = counting(32),
): Parameters<typeof register.encodeRequest>[1] {
  const { object, attributes } = aesKey(material);
  if (object.kind !== 'symmetric-key') throw new Error('another kind');
  return { attributes, object: { ...object, keyBlock: { ...object.keyBlock, ...change } } };
}

describe('Register', () => {
  it('keeps symmetric keys, secret data and opaque objects byte for byte', async () => {
    const core = await begin();
    for (const [object, kind] of [
      [aesKey(counting(24)), 'symmetric-key'],
      [secretData(counting(13), 1, 0), 'secret-data'],
      [secretData(counting(4096), 2, 0), 'secret-data'],
      [opaqueObject(counting(1)), 'opaque-object'],
    ] as const) {
      const { uid } = await core.ask(14, register, object);
      const got = await core.ask(14, get, { uid: named(uid) });
      expect(got.object.kind).toBe(kind);
      const bytes =
        got.object.kind === 'opaque-object' ? got.object.value : got.object.keyBlock.keyMaterial;
      const sent =
        object.object.kind === 'opaque-object'
          ? object.object.value
          : object.object.keyBlock.keyMaterial;
      expect(bytes).toEqual(sent);
    }
  });

  it('sets the attributes that a server must set', async () => {
    const core = await begin();
    const { uid } = await core.ask(21, register, aesKey(counting(32)));
    const attributes = await core.attributes(21, uid);
    const sha256 = Buffer.from(
      '630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd',
      'hex',
    );
    expect(attributes.get('Digest')).toEqual(digestAttribute(Uint8Array.from(sha256)).value);
    expect(attributes.text('Unique Identifier')).toBe(uid);
    expect(attributes.enumeration('Object Type')).toBe(2);
    expect(attributes.enumeration('Key Format Type')).toBe(1);
    expect(attributes.boolean('Extractable')).toBe(true);
    expect(attributes.boolean('Never Extractable')).toBe(false);
    expect(attributes.boolean('Fresh')).toBe(false);
    for (const name of ['Initial Date', 'Last Change Date', 'Original Creation Date'] as const) {
      expect(attributes.date(name)).toBe(BigInt(NOW));
    }
  });

  it('shows nothing newer than the version, and none of its own notes in any', async () => {
    const core = await begin();
    const { uid } = await core.ask(10, register, secretData(counting(8), 1, 0));
    const names = async (version: 10 | 21): Promise<readonly string[]> =>
      (await core.attributes(version, uid)).names();
    expect(await names(10)).not.toContain('Original Creation Date');
    expect(await names(21)).not.toContain('Operation Policy Name');
    expect((await names(21)).filter((name) => name.includes('-'))).toEqual([]);
    const { uid: opaque } = await core.ask(21, register, opaqueObject(counting(8)));
    const asked = { uid: named(opaque), names: ['State', 'Opaque Data Type'] };
    expect((await core.ask(21, getAttributes, asked)).attributes.names()).toEqual([
      'Opaque Data Type',
    ]);
  });

  it('makes a key active whose time has come', async () => {
    const core = await begin();
    const stateWith = async (date: NewAttribute): Promise<number | undefined> => {
      const { uid } = await core.ask(14, register, aesKey(counting(32), [], 12, [date]));
      return core.work().get(uid)?.state;
    };
    expect(await stateWith(dateAttribute('Activation Date', NOW))).toBe(2);
    expect(await stateWith(dateAttribute('Activation Date', NOW + 1))).toBe(1);
  });

  it('takes attributes from inside the key value where the request has none', async () => {
    const core = await begin();
    const { object } = registering({});
    if (object.kind !== 'symmetric-key') throw new Error('another kind');
    const { attributes } = aesKey(counting(32), ['inside']);
    const keyBlock = { ...object.keyBlock, attributes };
    const { uid } = await core.ask(14, register, {
      ...{ attributes: AttributeSet.empty, object: { ...object, keyBlock } },
    });
    expect(core.work().get(uid)?.attributes.all('Name')).toHaveLength(1);
  });

  it('refuses keys in a form in which it could not keep them', async () => {
    const core = await begin();
    const refused = (change: Partial<KeyBlock>, material?: Uint8Array): Promise<string> =>
      core.refusal(14, register, registering(change, material));
    expect(await refused({ keyFormatType: 7 })).toBe('Key Format Type Not Supported');
    expect(await refused({ keyFormatType: 2 })).toBe('Key Format Type Not Supported');
    expect(await refused({ keyCompressionType: 2 })).toBe('Key Compression Type Not Supported');
    expect(await refused({ keyWrappingData: wrappingData() })).toBe('Feature Not Supported');
    expect(await refused({ cryptographicLength: 128 })).toBe('Invalid Field');
    expect(await refused({ cryptographicAlgorithm: 2 })).toBe('Invalid Field');
    expect(await refused({}, counting(31))).toBe('Invalid Field');
    expect(await refused({ keyMaterial: new Uint8Array() })).toBe('Invalid Field');
    const sizes = [0, 4097].map((size) => secretData(counting(size), 1, 0));
    for (const object of sizes)
      expect(await core.refusal(14, register, object)).toBe('Invalid Field');
    expect(await core.refusal(14, register, secretData(counting(8), 9, 0))).toBe('Invalid Field');
    expect(await core.refusal(14, register, opaqueObject(counting(5000)))).toBe('Invalid Field');
  });

  it('refuses attributes that are missing, impossible, or not for clients to set', async () => {
    const core = await begin();
    const text = { type: 'textString', value: 'a' } as const;
    const refused = (...further: readonly NewAttribute[]): Promise<string> =>
      core.refusal(21, register, aesKey(counting(32), [], 12, further));
    expect(await refused({ name: 'Unique Identifier', value: text })).toBe('Attribute Read Only');
    expect(await refused({ name: 'y-server', value: text })).toBe('Attribute Read Only');
    expect(await refused({ name: 'cryptobroker-Secret Data Type', value: text })).toBe(
      'Attribute Read Only',
    );
    expect(
      await refused(dateAttribute('Activation Date', 10), dateAttribute('Deactivation Date', 9)),
    ).toBe('Invalid Attribute Value');
    const { object, attributes } = aesKey(counting(32));
    const without = attributes.without('Cryptographic Usage Mask');
    expect(await core.refusal(14, register, { object, attributes: without })).toBe('Invalid Field');
    const { object: bare } = registering({ cryptographicAlgorithm: undefined });
    const nameless = attributes.without('Cryptographic Algorithm');
    expect(await core.refusal(14, register, { object: bare, attributes: nameless })).toBe(
      'Invalid Field',
    );
    expect(
      await core.refusal(21, register, { ...aesKey(counting(32)), storageMasks: [2, 8] }),
    ).toBe('Protection Storage Unavailable');
  });

  it('lets names be used again, unless the policy says that they are unique', async () => {
    const lenient = await begin();
    const object = aesKey(counting(32), ['one']);
    await lenient.ask(14, register, object);
    await lenient.ask(14, register, object);
    const strict = await begin(TENANT, { uniqueNames: true });
    await strict.ask(14, register, object);
    expect(await strict.refusal(14, register, object)).toBe('Invalid Field');
    expect(await strict.refusal(21, register, object)).toBe('Non Unique Name Attribute');
    const request = aesRequest(256, 12, [nameAttribute('one')]);
    expect(await strict.refusal(21, create, request)).toBe('Non Unique Name Attribute');
  });
});

describe('Create', () => {
  it('makes AES keys of every length, and nothing else', async () => {
    const core = await begin();
    for (const bits of [128, 192, 256]) {
      const { uid } = await core.ask(14, create, aesRequest(bits));
      const { object } = await core.ask(14, get, { uid: named(uid) });
      const block = object.kind === 'symmetric-key' ? object.keyBlock : undefined;
      expect(block?.keyMaterial).toHaveLength(bits / 8);
      expect(block?.cryptographicLength).toBe(bits);
    }
    expect(await core.refusal(14, create, aesRequest(64))).toBe('Invalid Field');
    expect(await core.refusal(14, create, aesRequest(256, 0))).toBe('Invalid Field');
    const { attributes } = aesRequest(256);
    expect(await core.refusal(21, create, { objectType: 7, attributes })).toBe(
      'Invalid Object Type',
    );
    const des = attributes.with('Cryptographic Algorithm', { type: 'enumeration', value: 2 });
    expect(await core.refusal(21, create, { objectType: 2, attributes: des })).toBe(
      'Invalid Attribute Value',
    );
  });
});

function wrappingData(): Uint8Array {
  const writer = new TtlvWriter();
  writer.begin(TAG.keyWrappingData);
  writer.enumeration(TAG.wrappingMethod, 1);
  writer.end();
  return Uint8Array.from(writer.finish());
}
