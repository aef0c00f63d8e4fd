import { beforeEach, describe, expect, it } from 'vitest';
import { KEY_STATE } from '../../../../src/gateway/keys/key-state.ts';
import { AttributeSet, type NewAttribute } from '../../../../src/kmip/attributes/attribute-set.ts';
import { nameAttribute } from '../../../../src/kmip/attributes/build.ts';
import { encodeCanonical } from '../../../../src/kmip/attributes/canonical.ts';
import { SECRET_DATA_TYPE_NAME } from '../../../../src/kmip/attributes/internal-names.ts';
import type { Failure } from '../../../../src/kmip/failure.ts';
import { create } from '../../../../src/kmip/payloads/create.ts';
import { getAttributes } from '../../../../src/kmip/payloads/get-attributes.ts';
import { get, type GetRequest } from '../../../../src/kmip/payloads/get.ts';
import type { ReadManagedObject } from '../../../../src/kmip/payloads/managed-object.ts';
import { OBJECT_TYPE, OPERATION } from '../../../../src/kmip/tables/enumerations.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { KMIP_VERSIONS, type KmipVersion } from '../../../../src/kmip/version.ts';
import { EditableVault } from '../../../support/gateway/editable-vault.ts';
import { clientOf } from '../../../support/gateway/key-side.ts';
import {
  aes,
  answered,
  expectFailure,
  FAMILIES,
  item,
  openKmipSide,
  PLACEHOLDER,
  uidOf,
  type KmipSide,
} from '../../../support/gateway/kmip-side.ts';
import { POLICY, SERVICE, SERVICE_KEY, TENANT } from '../../../support/gateway/test-core.ts';
import { structure, text } from '../../../support/kmip/hand-made.ts';

let kmip: KmipSide;
let vault: EditableVault;

beforeEach(async () => {
  vault = new EditableVault();
  kmip = await openKmipSide({ vault });
});

const SYMMETRIC = OBJECT_TYPE.symmetricKey;
function rawKey(object: ReadManagedObject): Uint8Array {
  if (object.kind !== 'symmetric-key') throw new Error('not a symmetric key');
  return object.keyBlock.keyMaterial;
}

/** The Core has an object kept here. */
async function keep(
  uid: string,
  objectType: number,
  bytes: Uint8Array,
  attributes: readonly NewAttribute[],
): Promise<void> {
  const { provider, core, applyDirectives, client } = kmip.side;
  const serviceKey = core.serviceKey(SERVICE_KEY, 1);
  const { wrapped } = provider.dataKeys.wrap(serviceKey, Buffer.from(bytes), new Uint8Array());
  const value = {
    ...{ uid, objectType, state: KEY_STATE.active, wrapped, createdAt: undefined },
    ...{ serviceKeyId: SERVICE_KEY, serviceKeyVersion: 1 },
    attributes: encodeCanonical(AttributeSet.of(attributes)),
  };
  await applyDirectives([{ directive: { $case: 'put', value } }], client);
}

describe('Create and Get', () => {
  it.each(KMIP_VERSIONS)('make a key and give it back in version %i', async (version) => {
    const uid = await kmip.make(version);
    expect(uid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const { uid: echoed, object } = (await kmip.one(version, get, { uid: uidOf(uid) })).read(get);
    expect(echoed).toBe(uid);
    expect(rawKey(object)).toHaveLength(32);
    expect(object).toMatchObject({
      keyBlock: {
        keyFormatType: 1,
        cryptographicAlgorithm: 3,
        cryptographicLength: 256,
        keyWrappingData: undefined,
      },
    });
    expect(kmip.faults).toEqual([]);
  });

  it('give identifier and key in one batch by the id placeholder', async () => {
    const { items, header } = await kmip.ask(14, [
      item(14, create, { objectType: SYMMETRIC, attributes: aes(128) }),
      item(14, get, { uid: PLACEHOLDER }),
    ]);
    expect(header.batchCount).toBe(2);
    const { uid } = answered(items[0], 14).read(create);
    const got = answered(items[1], 14).read(get);
    expect(got.uid).toBe(uid);
    expect(rawKey(got.object)).toHaveLength(16);
  });

  it('name earlier items of a 2.x batch by their position', async () => {
    const { items } = await kmip.ask(21, [
      item(21, create, { objectType: SYMMETRIC, attributes: aes(256) }),
      item(21, create, { objectType: SYMMETRIC, attributes: aes(256) }),
      item(21, get, { uid: { kind: 'batch-item', index: 0 } }),
      item(21, get, { uid: { kind: 'batch-item', index: -2 } }),
    ]);
    const made = items.slice(0, 2).map((one) => answered(one, 21).read(create).uid);
    const got = items.slice(2).map((one) => answered(one, 21).read(get).uid);
    expect(got).toEqual(made);
  });

  it('give another key each time, and the same key to each Get of it', async () => {
    const [left, right] = [await kmip.make(), await kmip.make()];
    const read = async (uid: string): Promise<Uint8Array> =>
      rawKey((await kmip.one(14, get, { uid: uidOf(uid) })).read(get).object);
    expect(await read(left)).toEqual(await read(left));
    expect(await read(left)).not.toEqual(await read(right));
  });

  it('go on while the link is cut', async () => {
    kmip.link('cut');
    const uid = await kmip.make();
    expect((await kmip.one(14, get, { uid: uidOf(uid) })).status).toBe(0);
    expect(kmip.core.requests).toEqual([]);
  });

  it('leave no key in anything that was logged', async () => {
    const uid = await kmip.make();
    const key = rawKey((await kmip.one(14, get, { uid: uidOf(uid) })).read(get).object);
    const log = kmip.side.log.lines.join('\n');
    for (const encoding of ['hex', 'base64', 'latin1'] as const) {
      expect(log).not.toContain(Buffer.from(key).toString(encoding));
    }
  });
});

describe('Create', () => {
  const ask = (version: KmipVersion, attributes: AttributeSet, objectType: number = SYMMETRIC) =>
    kmip.one(version, create, { objectType, attributes });
  const without = (
    name: 'Cryptographic Algorithm' | 'Cryptographic Length' | 'Cryptographic Usage Mask',
  ) => aes(256).without(name);

  it.each(FAMILIES)('refuses what it cannot make, in version %i', async (version) => {
    const cases: readonly (readonly [AttributeSet, string])[] = [
      [without('Cryptographic Algorithm'), 'Cryptographic Algorithm is missing'],
      [without('Cryptographic Length'), 'Cryptographic Length is missing'],
      [without('Cryptographic Usage Mask'), 'Cryptographic Usage Mask is missing'],
      [aes(257), 'Cryptographic Length has an impossible value'],
      [aes(0), 'Cryptographic Length has an impossible value'],
      [aes(-256), 'Cryptographic Length has an impossible value'],
      [
        without('Cryptographic Usage Mask').with('Cryptographic Usage Mask', {
          type: 'integer',
          value: 0,
        }),
        'Cryptographic Usage Mask has an impossible value',
      ],
      [
        aes(256).with('Cryptographic Algorithm', { type: 'enumeration', value: 4 }),
        'only keys for AES can be created',
      ],
    ];
    for (const [attributes, message] of cases) {
      expectFailure(await ask(version, attributes), version, 'invalidAttributeValue', message);
    }
    expect((await vault.facts()).keys).toBe(0);
  });

  it.each(FAMILIES)('makes symmetric keys alone, in version %i', async (version) => {
    const answer = await ask(version, aes(256), OBJECT_TYPE.privateKey);
    expectFailure(answer, version, 'invalidObjectType', 'only symmetric keys can be created');
  });

  it('refuses attributes that are not a client’s to set', async () => {
    const date: NewAttribute = { name: 'Initial Date', value: { type: 'dateTime', value: 1n } };
    expectFailure(await ask(14, aes(256, [date])), 14, 'attributeReadOnly');
  });

  it('refuses attributes that core and gateway keep for themselves', async () => {
    const internal: NewAttribute = {
      name: 'cryptobroker-Secret Data Type',
      value: { type: 'enumeration', value: 1 },
    };
    expectFailure(await ask(21, aes(256, [internal])), 21, 'attributeReadOnly');
  });

  it('knows no templates', async () => {
    const { items } = await kmip.ask(14, [
      {
        operation: OPERATION.create,
        payload: structure(
          TAG.requestPayload,
          (writer) => {
            writer.enumeration(TAG.objectType, SYMMETRIC);
          },
          structure(
            TAG.templateAttribute,
            structure(TAG.name, text(TAG.nameValue, 'a'), (writer) => {
              writer.enumeration(TAG.nameType, 1);
            }),
          ),
        ),
      },
    ]);
    expectFailure(answered(items[0], 14), 14, 'unknownTemplate', 'there is no such template');
  });

  it('keeps keys by software, and says so to those who want other protection', async () => {
    const request = { objectType: SYMMETRIC, attributes: aes(256) };
    expect((await kmip.one(21, create, { ...request, storageMasks: [2, 1] })).status).toBe(0);
    const answer = await kmip.one(21, create, { ...request, storageMasks: [2] });
    expectFailure(answer, 21, 'protectionStorageUnavailable', 'keys are kept by software here');
  });

  it('makes nothing whose identifier would not fit into the response', async () => {
    const { items } = await kmip.ask(
      14,
      [item(14, create, { objectType: SYMMETRIC, attributes: aes(256) })],
      { header: { maximumResponseSize: 300 } },
    );
    expectFailure(answered(items[0], 14), 14, 'responseTooLarge');
    expect((await vault.facts()).keys).toBe(0);
  });

  it('fails without a usable service key', async () => {
    kmip.link('cut');
    kmip.side.clock.pass(2 * 3600 * 1000);
    for (const version of FAMILIES) {
      const answer = await ask(version, aes(256));
      expectFailure(answer, version, 'protectionStorageUnavailable', 'service key lease ended');
    }
  });
});

describe('Get', () => {
  const ask = (version: KmipVersion, request: Partial<GetRequest> & { uid: GetRequest['uid'] }) =>
    kmip.one(version, get, request);

  it.each(FAMILIES)('gives raw keys in no other form, in version %i', async (version) => {
    const uid = uidOf(await kmip.make());
    expect((await ask(version, { uid, keyFormatType: 1 })).status).toBe(0);
    const wrapping = Buffer.from(
      '4200470100000010' + '42009e0500000004' + '0000000100000000',
      'hex',
    );
    const cases: readonly (readonly [Partial<GetRequest>, Failure])[] = [
      [{ keyFormatType: 2 }, 'keyFormatNotSupported'],
      [{ keyFormatType: 7 }, 'keyFormatNotSupported'],
      [{ keyCompressionType: 1 }, 'keyCompressionNotSupported'],
      [{ keyWrappingSpecification: wrapping }, 'keyWrapNotSupported'],
    ];
    for (const [form, failure] of cases) {
      expectFailure(await ask(version, { uid, ...form }), version, failure);
    }
  });

  it.each(FAMILIES)('refuses keys by their state, in version %i', async (version) => {
    const cases = [
      [KEY_STATE.compromised, 'wrongState', 'the object is compromised'],
      [KEY_STATE.suspended, 'wrongState', 'the object is suspended'],
      [KEY_STATE.destroyed, 'objectDestroyed', 'the object is destroyed'],
      [KEY_STATE.destroyedCompromised, 'objectDestroyed', 'the object is destroyed'],
    ] as const;
    for (const [state, failure, message] of cases) {
      const uid = await kmip.make();
      await kmip.side.applyDirectives(
        [
          {
            directive: {
              $case: 'setState',
              value: { uid, state, attributes: new Uint8Array(), reasonCode: 0 },
            },
          },
        ],
        kmip.side.client,
      );
      expectFailure(await ask(version, { uid: uidOf(uid) }), version, failure, message);
    }
  });

  it('gives pre-active, active and, unless the policy denies it, deactivated keys', async () => {
    const past: NewAttribute = { name: 'Activation Date', value: { type: 'dateTime', value: 1n } };
    const end: NewAttribute = { name: 'Deactivation Date', value: { type: 'dateTime', value: 2n } };
    const uids = [await kmip.make(), await kmip.make(14, [past]), await kmip.make(14, [past, end])];
    for (const uid of uids) expect((await ask(14, { uid: uidOf(uid) })).status).toBe(0);

    kmip = await openKmipSide({ policy: { getDeactivated: false } });
    const uid = uidOf(await kmip.make(14, [past, end]));
    expectFailure(await ask(14, { uid }), 14, 'wrongState', 'the object is deactivated');
    expectFailure(await ask(21, { uid }), 21, 'wrongState', 'the object is deactivated');
  });

  it('serves nothing that is not what was stored', async () => {
    const uid = await kmip.make();
    vault.edit(uid, { state: KEY_STATE.active });
    for (const version of FAMILIES) {
      const answer = await ask(version, { uid: uidOf(uid) });
      expectFailure(answer, version, 'generalFailure', 'the key is quarantined');
    }
    expect((await vault.facts()).quarantined).toBe(1);
  });

  it('keeps sensitive keys and those that are not extractable', async () => {
    const yes = { type: 'boolean', value: true } as const;
    const no = { type: 'boolean', value: false } as const;
    const sensitive = uidOf(await kmip.make(14, [{ name: 'Sensitive', value: yes }]));
    const kept = uidOf(await kmip.make(14, [{ name: 'Extractable', value: no }]));
    expectFailure(await ask(14, { uid: sensitive }), 14, 'sensitive');
    expectFailure(await ask(21, { uid: kept }), 21, 'notExtractable');
  });

  it('finds a key by tenant, key and version, and with zeros behind its name', async () => {
    const uid = await kmip.make();
    const krypton = `${TENANT}:${uid}:1`;
    const answer = (await ask(10, { uid: uidOf(krypton) })).read(get);
    expect(answer.uid).toBe(krypton);
    expect((await ask(10, { uid: uidOf(`${uid}\0\0\0\0`) })).read(get).uid).toBe(uid);

    kmip.link('cut');
    for (const other of [`other:${uid}:1`, `${TENANT}:${uid}:2`, `${TENANT}:${uid}`, '']) {
      expectFailure(await ask(10, { uid: uidOf(other) }), 10, 'itemNotFound');
    }
  });

  it.each(FAMILIES)(
    'has the same answer for a key of another tenant as for none, in version %i',
    async (version) => {
      const others = [
        { ...POLICY, serviceId: 'another' },
        { ...POLICY, tenantId: 'other', serviceId: SERVICE },
      ];
      kmip = await openKmipSide({ others });
      const uid = uidOf(await kmip.make());
      kmip.link('cut');
      const message = 'not found here, and the core is unreachable';
      const none = await ask(version, { uid: uidOf('d5a90c10-8a0b-4d5e-9c0a-3c3d7c0f2f11') });
      expectFailure(none, version, 'itemNotFound', message);
      for (const client of [clientOf(TENANT, 'another'), clientOf('other', SERVICE)]) {
        const foreign = await kmip.one(version, get, { uid }, { client });
        expectFailure(foreign, version, 'itemNotFound', message);
      }
    },
  );

  it('is nothing for clients of services that are not served here', async () => {
    const uid = uidOf(await kmip.make());
    const answer = await kmip.one(14, get, { uid }, { client: clientOf(TENANT, 'unserved') });
    expectFailure(answer, 14, 'permissionDenied', 'the service is not served here');
  });

  it.each([
    [
      OBJECT_TYPE.secretData,
      { name: SECRET_DATA_TYPE_NAME, value: { type: 'enumeration', value: 2 } },
      { kind: 'secret-data', secretDataType: 2 },
    ],
    [
      OBJECT_TYPE.opaqueObject,
      { name: 'Opaque Data Type', value: { type: 'enumeration', value: 0x8000_0001 } },
      { kind: 'opaque-object', opaqueDataType: 0x8000_0001 },
    ],
  ] as const)(
    'gives registered objects of type %i while the link is cut',
    async (objectType, type, object) => {
      const bytes = Buffer.alloc(96, 0x5a);
      const uid = 'registered';
      await keep(uid, objectType, bytes, [
        type,
        { name: 'Key Format Type', value: { type: 'enumeration', value: 2 } },
      ]);
      kmip.link('cut');
      for (const version of FAMILIES) {
        const got = (await ask(version, { uid: uidOf(uid) })).read(get);
        expect(got).toMatchObject({ uid, object });
        const material =
          got.object.kind === 'opaque-object' ? got.object.value : got.object.keyBlock.keyMaterial;
        expect(material).toEqual(new Uint8Array(bytes));
        expect((await ask(version, { uid: uidOf(uid), keyFormatType: 2 })).status).toBe(0);
        expectFailure(
          await ask(version, { uid: uidOf(uid), keyFormatType: 3 }),
          version,
          'keyFormatNotSupported',
        );
      }
      const names = (await kmip.one(21, getAttributes, { uid: uidOf(uid), names: [] }))
        .read(getAttributes)
        .attributes.names();
      expect(names).not.toContain(SECRET_DATA_TYPE_NAME);
      expect(names.includes('State')).toBe(objectType === OBJECT_TYPE.secretData);
    },
  );

  it('asks the core for what it cannot put together itself', async () => {
    await keep('registered', OBJECT_TYPE.secretData, Buffer.alloc(96, 1), []);
    await ask(14, { uid: uidOf('registered') });
    expect(kmip.core.requests).toHaveLength(1);
    kmip.link('cut');
    const answer = await ask(14, { uid: uidOf('registered') });
    expectFailure(answer, 14, 'generalFailure', 'core unreachable');
  });

  it('needs an object to be named', async () => {
    expectFailure(await ask(14, { uid: PLACEHOLDER }), 14, 'itemNotFound');
    const position = await ask(21, { uid: { kind: 'batch-item', index: 7 } });
    expectFailure(position, 21, 'itemNotFound');
  });

  it('notes what it serves and what it refuses', async () => {
    const uid = await kmip.make(14, [nameAttribute('audited')]);
    await ask(14, { uid: uidOf(uid) });
    await ask(14, { uid: uidOf(uid), keyFormatType: 2 });
    await kmip.side.parts.audit.flush();
    const audit = await vault.audit({ after: 0, limit: 100 });
    const gets = audit.filter(({ operation }) => operation === 'Get');
    expect(gets.map(({ uid: about, outcome, service }) => [about, outcome, service])).toEqual([
      [uid, 'success', SERVICE],
      [uid, 'keyFormatNotSupported', SERVICE],
    ]);
  });
});
