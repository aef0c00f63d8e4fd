import { beforeEach, describe, expect, it } from 'vitest';
import { AttributeSet, type NewAttribute } from '../../src/kmip/attributes/attribute-set.ts';
import { nameAttribute } from '../../src/kmip/attributes/build.ts';
import { activate } from '../../src/kmip/payloads/activate.ts';
import { addAttribute } from '../../src/kmip/payloads/add-attribute.ts';
import { create } from '../../src/kmip/payloads/create.ts';
import { decrypt } from '../../src/kmip/payloads/decrypt.ts';
import { destroy } from '../../src/kmip/payloads/destroy.ts';
import { discoverVersions } from '../../src/kmip/payloads/discover-versions.ts';
import { encrypt } from '../../src/kmip/payloads/encrypt.ts';
import { getAttributeList } from '../../src/kmip/payloads/get-attribute-list.ts';
import { getAttributes } from '../../src/kmip/payloads/get-attributes.ts';
import { get, type GetResponse } from '../../src/kmip/payloads/get.ts';
import { locate } from '../../src/kmip/payloads/locate.ts';
import { modifyAttribute } from '../../src/kmip/payloads/modify-attribute.ts';
import { query } from '../../src/kmip/payloads/query.ts';
import { reKey } from '../../src/kmip/payloads/re-key.ts';
import { register } from '../../src/kmip/payloads/register.ts';
import { revoke } from '../../src/kmip/payloads/revoke.ts';
import {
  BLOCK_CIPHER_MODE,
  CRYPTOGRAPHIC_ALGORITHM,
  OBJECT_TYPE,
  OPERATION,
  PADDING_METHOD,
  QUERY_FUNCTION,
  RESULT_REASON,
} from '../../src/kmip/tables/enumerations.ts';
import { TAG } from '../../src/kmip/tables/tags.ts';
import { answered, item, type KmipAsker } from '../support/gateway/kmip-asker.ts';
import { uidOf } from '../support/gateway/kmip-side.ts';
import * as hand from '../support/kmip/hand-made.ts';
import { linkedClients, PlainClient } from './support/linked-clients.ts';
import { aesKey, aesRequest, counting, secretData } from '../unit/core/kmip/support/objects.ts';

const CBC = {
  blockCipherMode: BLOCK_CIPHER_MODE.cbc,
  paddingMethod: PADDING_METHOD.pkcs5,
  cryptographicAlgorithm: CRYPTOGRAPHIC_ALGORITHM.aes,
};

const group = (value: string): NewAttribute => ({
  name: 'Object Group',
  value: { type: 'textString', value },
});
const policyName: NewAttribute = {
  name: 'Operation Policy Name',
  value: { type: 'textString', value: 'default' },
};

function materialOf(object: GetResponse['object']): Buffer {
  if (object.kind === 'opaque-object' || !('keyBlock' in object)) throw new Error(object.kind);
  const { keyMaterial } = object.keyBlock;
  if (!(keyMaterial instanceof Uint8Array)) throw new Error('not read');
  return Buffer.from(keyMaterial);
}

/** What released clients send, in their order, with what they cannot do without. */
describe('through a Gateway and its Core a client', () => {
  let kmip: KmipAsker;
  beforeEach(async () => {
    kmip = await linkedClients();
  });

  it('like MongoDB with client-side encryption registers, activates and reads a seed', async () => {
    const mongo = new PlainClient(kmip, 10);
    const { uid } = await mongo.ask(register, secretData(counting(96), 2, 0));
    expect((await mongo.ask(activate, { uid: uidOf(uid) })).uid).toBe(uid);
    for (let read = 0; read < 2; read += 1) {
      const { uid: echoed, object } = await mongo.ask(get, { uid: uidOf(uid) });
      expect(echoed).toBe(uid);
      expect(object).toMatchObject({
        ...{ kind: 'secret-data', secretDataType: 2, keyBlock: { keyFormatType: 2 } },
      });
      expect(materialOf(object)).toEqual(Buffer.from(counting(96)));
    }
  });

  it('like MongoDB with delegated encryption encrypts with a key of the Gateway', async () => {
    const mongo = new PlainClient(kmip, 12);
    const { uid } = await mongo.ask(create, aesRequest(256));
    await mongo.ask(activate, { uid: uidOf(uid) });
    const data = counting(96);
    const parameters = { ...CBC, randomIv: true };
    const sealed = await mongo.ask(encrypt, { uid: uidOf(uid), parameters, data });
    expect([sealed.data?.byteLength, sealed.iv?.byteLength]).toEqual([112, 16]);
    const opened = await mongo.ask(decrypt, {
      ...{ uid: uidOf(uid), parameters: CBC, data: sealed.data, iv: sealed.iv },
    });
    expect(opened.data).toEqual(data);
  });

  it('like Percona Server for MongoDB polls the state of its master key before it reads it', async () => {
    const percona = new PlainClient(kmip, 10);
    const { uid } = await percona.ask(register, aesKey(counting(32)));
    expect((await percona.ask(activate, { uid: uidOf(uid) })).uid).toBe(uid);
    const { attributes } = await percona.ask(getAttributes, { uid: uidOf(uid), names: ['State'] });
    expect([...attributes].map(({ name }) => name)).toEqual(['State']);
    expect(attributes.enumeration('State')).toBe(2);
    const { object } = await percona.ask(get, { uid: uidOf(uid) });
    expect(object).toMatchObject({ keyBlock: { keyFormatType: 1, keyWrappingData: undefined } });
    expect(materialOf(object)).toEqual(Buffer.from(counting(32)));
    expect(await percona.refusal(get, { uid: uidOf('no such key') })).toBe('itemNotFound');
  });

  it('like the keyring of Percona Server for MySQL finds, reads, revokes and destroys', async () => {
    const keyring = new PlainClient(kmip, 10);
    const registered = aesKey(counting(32), ['INNODB'], 12, [group('keyring')]);
    const { uid } = await keyring.ask(register, registered);
    const { uid: nameless } = await keyring.ask(register, aesKey(counting(32)));
    await keyring.ask(activate, { uid: uidOf(uid) });
    const all = await keyring.ask(locate, { filters: AttributeSet.empty });
    expect(all.uids).toEqual(expect.arrayContaining([uid, nameless]));
    const grouped = await keyring.ask(locate, { filters: AttributeSet.of([group('keyring')]) });
    expect(grouped.uids).toEqual([uid]);
    for (const [one, count] of [
      [uid, 1],
      [nameless, 0],
    ] as const) {
      expect(materialOf((await keyring.ask(get, { uid: uidOf(one) })).object)).toHaveLength(32);
      const asked = { uid: uidOf(one), names: ['Name'] as const };
      expect((await keyring.ask(getAttributes, asked)).attributes.size).toBe(count);
    }
    await keyring.ask(revoke, { uid: uidOf(uid), reasonCode: 1 });
    await keyring.ask(destroy, { uid: uidOf(uid) });
    expect(await keyring.refusal(get, { uid: uidOf(uid) })).toBe('itemNotFound');
  });

  it('like the C++ client of Percona gets a key and its state in one batch', async () => {
    const { uid } = await new PlainClient(kmip, 14).ask(
      create,
      aesRequest(256, 12, [nameAttribute('a')]),
    );
    const names = [
      ...(['State', 'Name', 'Operation Policy Name', 'Cryptographic Algorithm'] as const),
      ...(['Cryptographic Length', 'Cryptographic Usage Mask'] as const),
    ];
    const { items } = await kmip.ask(
      14,
      [
        { ...item(14, get, { uid: uidOf(uid) }), itemId: Buffer.from([0, 0, 0, 1]) },
        {
          ...item(14, getAttributes, { uid: uidOf(uid), names }),
          itemId: Buffer.from([0, 0, 0, 2]),
        },
      ],
      { header: { maximumResponseSize: 1 << 20 } },
    );
    expect(items.map(({ itemId }) => itemId?.at(-1))).toEqual([1, 2]);
    expect(materialOf(answered(items[0], 14).read(get).object)).toHaveLength(32);
    const { attributes } = answered(items[1], 14).read(getAttributes);
    expect(attributes.enumeration('State')).toBeDefined();
    expect(attributes.integer('Cryptographic Length')).toBe(256);
  });

  it('like Ceph makes the key that it does not find by name, with a password that is not looked at', async () => {
    const ceph = new PlainClient(kmip, 10);
    const filters = AttributeSet.of([nameAttribute('bucket')]);
    expect((await ceph.ask(locate, { filters })).uids).toEqual([]);
    const { uid } = await ceph.ask(create, aesRequest(256, 12, [nameAttribute('bucket')]));
    expect((await ceph.ask(locate, { filters })).uids).toEqual([uid]);
    const answer = await kmip.askBytes(
      hand.request(
        [1, 0],
        [password('rgw', 'secret'), hand.integer(TAG.batchCount, 1)],
        hand.batchItem(OPERATION.get, hand.payload(hand.text(TAG.uniqueIdentifier, uid))),
      ),
    );
    expect(answer.items).toMatchObject([{ operation: OPERATION.get, status: 0 }]);
  });

  it('like vCenter looks around, makes a key and marks it in one batch', async () => {
    const vcenter = new PlainClient(kmip, 11);
    const itemId = Uint8Array.from(Buffer.from('QLKC0001'));
    const looked = item(11, discoverVersions, { versions: [] });
    for (const asked of [looked, { ...looked, itemId }]) {
      const { items } = await kmip.ask(11, [asked]);
      expect(items[0]?.itemId).toEqual(asked === looked ? undefined : itemId);
    }
    await vcenter.ask(query, { functions: [QUERY_FUNCTION.queryServerInformation] });
    const { uid } = await vcenter.ask(create, aesRequest(256, 12));
    const asked = { uid: uidOf(uid), names: ['x-Product_Version'] as const };
    expect((await vcenter.ask(getAttributes, asked)).attributes.size).toBe(0);
    const marks = (['x-Product_Version', 'x-Vendor', 'x-Product'] as const).map((name, index) => {
      const attribute = { name, value: { type: 'textString', value: 'VMware' } } as const;
      const request = { uid: uidOf(uid), attribute };
      return { ...item(11, addAttribute, request), itemId: Buffer.from([index]) };
    });
    const { items } = await kmip.ask(11, marks);
    expect(items.map(({ status }) => status)).toEqual([0, 0, 0]);
    expect((await vcenter.ask(getAttributes, asked)).attributes.text('x-Product_Version')).toBe(
      'VMware',
    );
    expect(materialOf((await vcenter.ask(get, { uid: uidOf(uid) })).object)).toHaveLength(32);
  });

  it('like MySQL Enterprise makes, activates, reads, revokes and destroys a key', async () => {
    const mysql = new PlainClient(kmip, 11);
    const { uid } = await mysql.ask(create, aesRequest(256, 2108));
    await mysql.ask(activate, { uid: uidOf(uid) });
    await mysql.ask(get, { uid: uidOf(uid) });
    await mysql.ask(revoke, { uid: uidOf(uid), reasonCode: 6, reasonMessage: 'rotated' });
    await mysql.ask(destroy, { uid: uidOf(uid) });
    const { attributes } = await mysql.ask(getAttributes, { uid: uidOf(uid), names: ['State'] });
    expect(attributes.enumeration('State')).toBe(5);
  });

  it('like PostgreSQL with pg_tde finds its key by type and name', async () => {
    const postgres = new PlainClient(kmip, 14);
    const { uid } = await postgres.ask(register, aesKey(counting(16), ['principal']));
    const { uids } = await postgres.ask(locate, {
      filters: AttributeSet.of([
        { name: 'Object Type', value: { type: 'enumeration', value: OBJECT_TYPE.symmetricKey } },
        nameAttribute('principal'),
      ]),
    });
    expect(uids).toEqual([uid]);
    expect(materialOf((await postgres.ask(get, { uid: uidOf(uid) })).object)).toEqual(
      Buffer.from(counting(16)),
    );
  });

  it('like FortiGate looks for four keys in one batch that goes on, with names in templates', async () => {
    const forti = new PlainClient(kmip, 10);
    const { uid } = await forti.ask(create, aesRequest(256, 12, [nameAttribute('forti-2')]));
    const look = (name: string, index: number) =>
      hand.batchItem(
        OPERATION.locate,
        hand.bytes(TAG.uniqueBatchItemId, Buffer.alloc(12, index)),
        hand.payload(
          hand.integer(TAG.maximumItems, 1),
          hand.structure(
            TAG.templateAttribute,
            hand.attribute('Name', hand.name(TAG.attributeValue, name)),
          ),
        ),
      );
    const { items } = await kmip.askBytes(
      hand.request(
        [1, 0],
        [
          hand.integer(TAG.maximumResponseSize, 65_536),
          password('forti', 'secret'),
          hand.enumeration(TAG.batchErrorContinuationOption, 1),
          hand.boolean(TAG.batchOrderOption, true),
          hand.integer(TAG.batchCount, 4),
        ],
        ...[1, 2, 3, 4].map((index) => look(`forti-${index}`, index)),
      ),
    );
    expect(items.map(({ itemId }) => itemId?.at(11))).toEqual([1, 2, 3, 4]);
    expect(items.map((one) => answered(one, 10).read(locate).uids)).toEqual([[], [uid], [], []]);
    expect(materialOf((await forti.ask(get, { uid: uidOf(uid) })).object)).toHaveLength(32);
  });

  it('like Synology looks around, and renames and reads a password that it has registered', async () => {
    const nas = new PlainClient(kmip, 12);
    await nas.ask(query, { functions: [1, 2, 3, 4, 5, 6] });
    const filters = AttributeSet.of([nameAttribute('volume')]);
    expect((await nas.ask(locate, { filters })).uids).toEqual([]);
    const secret = Buffer.from('correct horse');
    const { uid } = await nas.ask(
      register,
      secretData(secret, 1, 2, [policyName, nameAttribute('new volume')]),
    );
    await nas.ask(modifyAttribute, {
      ...{ uid: uidOf(uid), attribute: { ...nameAttribute('volume'), index: 0 } },
    });
    expect((await nas.ask(locate, { filters })).uids).toEqual([uid]);
    await nas.ask(activate, { uid: uidOf(uid) });
    const { names } = await nas.ask(getAttributeList, { uid: uidOf(uid) });
    expect(names).toEqual(expect.arrayContaining(['State', 'Name', 'Operation Policy Name']));
    const { attributes } = await nas.ask(getAttributes, {
      ...{ uid: uidOf(uid), names: ['State', 'Object Type', 'Operation Policy Name'] },
    });
    expect(attributes.enumeration('State')).toBe(2);
    expect(attributes.enumeration('Object Type')).toBe(OBJECT_TYPE.secretData);
    expect(attributes.text('Operation Policy Name')).toBe('default');
    expect(materialOf((await nas.ask(get, { uid: uidOf(uid) })).object)).toEqual(secret);
  });

  it('like VAST Data names a key later, and replaces it', async () => {
    const vast = new PlainClient(kmip, 14);
    await vast.ask(discoverVersions, { versions: [] });
    const { uid } = await vast.ask(create, aesRequest(256, 12, [policyName]));
    for (const attribute of [nameAttribute('vast'), group('cluster'), policyName]) {
      await vast.ask(addAttribute, { uid: uidOf(uid), attribute });
    }
    await vast.ask(activate, { uid: uidOf(uid) });
    const wanted = { maximumItems: 1, filters: AttributeSet.of([nameAttribute('vast')]) };
    expect((await vast.ask(locate, wanted)).uids).toEqual([uid]);
    const before = materialOf((await vast.ask(get, { uid: uidOf(uid) })).object);
    const { attributes } = await vast.ask(getAttributes, {
      ...{ uid: uidOf(uid), names: ['State', 'Activation Date'] },
    });
    expect(attributes.enumeration('State')).toBe(2);
    const { uid: next } = await vast.ask(reKey, {
      ...{ uid: uidOf(uid), attributes: AttributeSet.empty },
    });
    expect(next).not.toBe(uid);
    expect((await vast.ask(locate, wanted)).uids).toEqual([next]);
    expect(materialOf((await vast.ask(get, { uid: uidOf(next) })).object)).not.toEqual(before);
    expect(materialOf((await vast.ask(get, { uid: uidOf(uid) })).object)).toEqual(before);
  });

  it('like Scality Arsenal shakes hands, encrypts with a vector of zeros, and ends the key', async () => {
    const versions = [4, 3, 2].map((minor) => ({ major: 1, minor }));
    const arsenal = new PlainClient(kmip, 14);
    expect((await arsenal.ask(discoverVersions, { versions })).versions).toEqual(versions);
    for (const functions of [
      [QUERY_FUNCTION.queryExtensionMap],
      [QUERY_FUNCTION.queryServerInformation],
      [QUERY_FUNCTION.queryOperations, QUERY_FUNCTION.queryObjects],
    ]) {
      await arsenal.ask(query, { functions });
    }
    const { uid } = await arsenal.ask(create, aesRequest(256));
    await arsenal.ask(activate, { uid: uidOf(uid) });
    const [iv, data] = [new Uint8Array(16), counting(32)];
    const common = { uid: uidOf(uid), parameters: CBC, iv };
    const sealed = await arsenal.ask(encrypt, { ...common, data });
    expect((await arsenal.ask(decrypt, { ...common, data: sealed.data })).data).toEqual(data);
    await arsenal.ask(revoke, { uid: uidOf(uid), reasonCode: 6 });
    expect(await arsenal.refusal(encrypt, { ...common, data })).toBe('permissionDenied');
    await arsenal.ask(destroy, { uid: uidOf(uid) });
    expect(await arsenal.refusal(decrypt, { ...common, data: sealed.data })).toBe('itemNotFound');
  });

  it('like Veeam is told that key pairs are not made here', async () => {
    const { items } = await kmip.ask(14, [
      { operation: OPERATION.createKeyPair, payload: hand.payload() },
    ]);
    expect(items).toMatchObject([{ status: 1, reason: RESULT_REASON.operationNotSupported }]);
  });
});

/** An Authentication with a user name and a password. */
function password(user: string, secret: string): hand.Piece {
  return hand.structure(
    TAG.authentication,
    hand.structure(
      TAG.credential,
      hand.enumeration(TAG.credentialType, 1),
      hand.structure(
        TAG.credentialValue,
        hand.text(TAG.username, user),
        hand.text(TAG.password, secret),
      ),
    ),
  );
}
