import { describe, expect, it } from 'vitest';
import { setServiceKeyState } from '../../../../src/core/admin/services.ts';
import {
  Escrow,
  ServiceKeyState,
} from '../../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { AttributeSet } from '../../../../src/kmip/attributes/attribute-set.ts';
import { encodeRequest } from '../../../../src/kmip/messages/request.ts';
import { activate } from '../../../../src/kmip/payloads/activate.ts';
import { addAttribute } from '../../../../src/kmip/payloads/add-attribute.ts';
import { create } from '../../../../src/kmip/payloads/create.ts';
import { destroy } from '../../../../src/kmip/payloads/destroy.ts';
import { discoverVersions } from '../../../../src/kmip/payloads/discover-versions.ts';
import { encrypt } from '../../../../src/kmip/payloads/encrypt.ts';
import { getAttributes } from '../../../../src/kmip/payloads/get-attributes.ts';
import { get } from '../../../../src/kmip/payloads/get.ts';
import { locate } from '../../../../src/kmip/payloads/locate.ts';
import { query } from '../../../../src/kmip/payloads/query.ts';
import { reKey } from '../../../../src/kmip/payloads/re-key.ts';
import { register } from '../../../../src/kmip/payloads/register.ts';
import { revoke } from '../../../../src/kmip/payloads/revoke.ts';
import {
  BLOCK_CIPHER_MODE,
  OPERATION,
  QUERY_FUNCTION,
} from '../../../../src/kmip/tables/enumerations.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { TtlvWriter } from '../../../../src/kmip/ttlv/writer.ts';
import { KMIP_VERSIONS, type KmipVersion } from '../../../../src/kmip/version.ts';
import { openPure } from '../../../support/providers.ts';
import { CoreSide, messageOf, named, reasonName, SERVICE, TENANT } from './support/core-side.ts';
import { aesKey, aesRequest, counting } from './support/objects.ts';

async function begin(...service: Parameters<CoreSide['addService']>): Promise<CoreSide> {
  const core = new CoreSide(await openPure());
  core.addService(...service);
  return core;
}

describe('the executor', () => {
  it.each(KMIP_VERSIONS)(
    'answers %i in its own version, with what the audit needs',
    async (version) => {
      const core = await begin();
      const { uid, told } = await core.ask(version, register, aesKey(counting(32), ['a']));
      expect(uid).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
      expect(told.answer).toMatchObject({
        ...{ operation: 'Register', uid, outcome: 'success', succeeded: true, secret: false },
      });
      const state = await core.ask(version, getAttributes, { uid: named(uid), names: ['State'] });
      expect(state.attributes.enumeration('State')).toBe(1);
    },
  );

  it('does nothing that the rule of the client does not name', async () => {
    const core = await begin();
    const { uid } = await core.ask(14, register, aesKey(counting(32)));
    core.as({ operations: new Set(['Get']) });
    await core.ask(14, get, { uid: named(uid) });
    const { item, answer } = await core.tell(14, destroy, { uid: named(uid) });
    expect(reasonName(item.reason)).toBe('Permission Denied');
    expect(answer).toMatchObject({ operation: 'Destroy', uid: '', outcome: 'permissionDenied' });
    // Not even whether there is such an object.
    expect(await core.refusal(14, destroy, { uid: named('none') })).toBe('Permission Denied');
    expect(await core.refusal(14, query, { functions: [] })).toBe('Permission Denied');
  });

  it.each([
    [14, 'Item Not Found'],
    [21, 'Object Not Found'],
  ] as const)(
    'answers %i for the objects of others as for none at all',
    async (version, reason) => {
      const core = await begin();
      core.addService('globex');
      const { uid } = await core.ask(version, register, aesKey(counting(32), ['theirs']));
      core.as({ tenantId: 'globex', serviceId: SERVICE });
      const asked = { uid: named(uid) };
      const none = { uid: named('none') };
      const encryption = {
        ...{ data: counting(16), iv: counting(16) },
        parameters: { blockCipherMode: BLOCK_CIPHER_MODE.cbc },
      };
      for (const uids of [asked, none]) {
        const answers = [
          await core.tell(version, get, uids),
          await core.tell(version, activate, uids),
          await core.tell(version, destroy, uids),
          await core.tell(version, revoke, { ...uids, reasonCode: 2 }),
          await core.tell(version, getAttributes, { ...uids, names: [] }),
          await core.tell(version, reKey, { ...uids, attributes: AttributeSet.empty }),
          await core.tell(version, encrypt, { ...uids, ...encryption }),
        ];
        for (const { item, answer } of answers) {
          expect([reasonName(item.reason), item.message]).toEqual([
            reason,
            'there is no such object',
          ]);
          expect(answer.uid).toBe('');
        }
      }
      const { uids } = await core.ask(version, locate, { filters: AttributeSet.empty });
      expect(uids).toEqual([]);
    },
  );

  it("takes Krypton's form of an identifier, with the client's own tenant in it alone", async () => {
    const core = await begin();
    const { uid } = await core.ask(14, register, aesKey(counting(32)));
    const form = `${TENANT}:${uid}:1`;
    const answer = await core.ask(14, get, { uid: named(form) });
    expect(answer.uid).toBe(form);
    expect(answer.told.answer.uid).toBe(uid);
    expect(answer.told.directives).toMatchObject([{ directive: { value: { uid } } }]);
    expect(await core.refusal(14, get, { uid: named(`globex:${uid}:1`) })).toBe('Item Not Found');
    expect(await core.refusal(14, get, { uid: named(`${TENANT}:${uid}:2`) })).toBe(
      'Item Not Found',
    );
  });

  it('leaves no effect behind when it is run again for the same call', async () => {
    const core = await begin();
    const request = messageOf(14, register, aesKey(counting(32)));
    const before = Uint8Array.from(request);
    const first = await core.send(request);
    expect(request).toEqual(before);
    const second = await core.send(request);
    expect(second.answer.succeeded).toBe(true);
    expect(second.answer.uid).not.toBe(first.answer.uid);
    const { object } = await core.ask(14, get, { uid: named(second.answer.uid) });
    expect(object.kind === 'symmetric-key' && object.keyBlock.keyMaterial).toEqual(counting(32));
  });

  it('refuses operations that it does not have, and those of later versions', async () => {
    const core = await begin();
    for (const operation of [OPERATION.createKeyPair, OPERATION.certify, OPERATION.poll, 0x7777]) {
      const { item, answer } = await core.send(plain(14, operation));
      expect(reasonName(item.reason)).toBe('Operation Not Supported');
      expect(answer.succeeded).toBe(false);
    }
    const { item } = await core.send(plain(14, OPERATION.setAttribute));
    expect(reasonName(item.reason)).toBe('Operation Not Supported');
  });

  it('answers broken and batched messages as a whole', async () => {
    const core = await begin();
    for (const request of [
      new Uint8Array(),
      new Uint8Array(64),
      counting(200),
      messageOf(14, get, { uid: named('a') }).subarray(0, 90),
    ]) {
      const { item, answer } = await core.send(request);
      expect([item.operation, reasonName(item.reason)]).toEqual([undefined, 'Invalid Message']);
      expect(answer).toMatchObject({ operation: '', outcome: 'Invalid Message', succeeded: false });
    }
    const writer = new TtlvWriter();
    const payload = (into: TtlvWriter): void => {
      activate.encodeRequest(into, { uid: named('a') }, 14);
    };
    const item = { operation: OPERATION.activate, payload };
    const header = { version: 14, hasAuthentication: false, errorContinuation: 'stop' } as const;
    encodeRequest(writer, header, [item, item]);
    expect((await core.send(writer.finish())).item.operation).toBeUndefined();
  });

  it('drops what an operation has staged when its answer does not fit', async () => {
    const core = await begin();
    const gateway = core.addGateway('edge-1');
    const { uid } = await core.ask(14, register, aesKey(counting(32)));
    const value = { type: 'textString', value: 'long'.repeat(100) } as const;
    const writer = new TtlvWriter();
    const header = { version: 14, hasAuthentication: false, errorContinuation: 'stop' } as const;
    const payload = (into: TtlvWriter): void => {
      const attribute = { name: 'x-remark', value } as const;
      addAttribute.encodeRequest(into, { uid: named(uid), attribute }, 14);
    };
    encodeRequest(writer, { ...header, maximumResponseSize: 400 }, [
      { operation: OPERATION.addAttribute, payload },
    ]);
    const { item, answer, directives } = await core.send(writer.finish());
    expect(reasonName(item.reason)).toBe('Response Too Large');
    expect([answer.succeeded, directives, core.events(gateway)]).toEqual([false, [], []]);
    expect(core.work().get(uid)?.attributes.has('x-remark')).toBe(false);
  });

  it('names objects by text alone, for it sees no batch', async () => {
    const core = await begin();
    expect(await core.refusal(14, get, { uid: { kind: 'placeholder' } })).toBe('Item Not Found');
    expect(await core.refusal(21, get, { uid: { kind: 'batch-item', index: 0 } })).toBe(
      'Object Not Found',
    );
  });

  it('says a fixed text for what it holds no copy of, and makes nothing that it could not keep', async () => {
    const core = await begin(TENANT, { l4Escrow: Escrow.ESCROW_NONE });
    for (const told of [
      await core.tell(14, register, aesKey(counting(32))),
      await core.tell(14, create, aesRequest(256)),
    ]) {
      expect(reasonName(told.item.reason)).toBe('General Failure');
      expect(told.item.message).toBe('the core keeps no keys of this service');
    }
    const uid = 'made-at-the-edge';
    const work = core.work();
    const { serviceKeyId, version } = work.activeServiceKey();
    work.insert({
      ...{ uid, objectType: 2, state: 2, serviceKeyId, serviceKeyVersion: version },
      ...{ escrow: undefined, digest: new Uint8Array(32) },
      attributes: aesKey(counting(32)).attributes,
    });
    core.store.transaction(() => {
      work.commit();
    });
    const parameters = { blockCipherMode: BLOCK_CIPHER_MODE.ecb };
    for (const told of [
      await core.tell(14, get, { uid: named(uid) }),
      await core.tell(14, encrypt, { uid: named(uid), parameters, data: counting(16) }),
    ]) {
      expect(reasonName(told.item.reason)).toBe('General Failure');
      expect(told.item.message).toBe('the core holds no copy of this key');
    }
    // What needs no copy goes on.
    await core.ask(14, revoke, { uid: named(uid), reasonCode: 2 });
  });

  it('needs the service key where bytes are wrapped or unwrapped, and nowhere else', async () => {
    const core = await begin();
    const { uid } = await core.ask(21, register, aesKey(counting(32)));
    setServiceKeyState(core.administration, {
      ...{ tenantId: TENANT, serviceId: SERVICE, version: 1, dryRun: false },
      state: ServiceKeyState.SERVICE_KEY_STATE_SUSPENDED,
    });
    expect(await core.refusal(21, get, { uid: named(uid) })).toBe('Protection Storage Unavailable');
    expect(await core.refusal(21, register, aesKey(counting(32)))).toBe(
      'Protection Storage Unavailable',
    );
    expect(await core.refusal(14, get, { uid: named(uid) })).toBe('General Failure');
    await core.ask(21, activate, { uid: named(uid) });
  });

  it('reports a damaged key to the log and tells the client nothing of it', async () => {
    const core = await begin();
    const { uid } = await core.ask(14, register, aesKey(counting(32)));
    const stored = core.store.keys.get(uid);
    if (stored?.wrapped === undefined) throw new Error('not stored');
    const wrapped = Uint8Array.from(stored.wrapped, (byte, index) => byte ^ (index === 0 ? 1 : 0));
    core.store.keys.update({ ...stored, revision: 2, wrapped }, []);
    const { item } = await core.tell(14, get, { uid: named(uid) });
    expect([reasonName(item.reason), item.message]).toEqual([
      'General Failure',
      'the operation failed inside the core',
    ]);
    const [line, ...others] = core.log.withMessage('a kmip operation failed inside the core');
    expect(line).toMatchObject({ level: 'ERROR', operation: 'Get', uid, correlationId: 'c-1' });
    expect(line?.['reason']).toMatch(/^DATA_KEY_TAMPERED/);
    expect(others).toEqual([]);
  });

  it('says what it can do', async () => {
    const core = await begin();
    const { versions } = await core.ask(14, discoverVersions, { versions: [] });
    expect(versions[0]).toEqual({ major: 2, minor: 1 });
    expect(versions).toHaveLength(7);
    const some = await core.ask(14, discoverVersions, {
      versions: [
        { major: 1, minor: 2 },
        { major: 3, minor: 0 },
      ],
    });
    expect(some.versions).toEqual([{ major: 1, minor: 2 }]);
    const { queryOperations, queryObjects, queryExtensionMap } = QUERY_FUNCTION;
    const functions = [queryOperations, queryObjects, queryExtensionMap];
    const old = await core.ask(10, query, { functions });
    expect(old.operations).toContain(OPERATION.register);
    expect(old.operations).not.toContain(OPERATION.encrypt);
    expect(old.objectTypes).toEqual([2, 7, 8]);
    expect((await core.ask(21, query, { functions })).operations).toHaveLength(19);
    expect((await core.ask(14, query, { functions: [] })).operations).toEqual([]);
  });
});

/** A message with an empty payload. */
function plain(version: KmipVersion, operation: number): Uint8Array {
  const writer = new TtlvWriter();
  const header = { version, hasAuthentication: false, errorContinuation: 'stop' } as const;
  const payload = (into: TtlvWriter): void => {
    into.begin(TAG.requestPayload);
    into.end();
  };
  encodeRequest(writer, header, [{ operation, payload }]);
  return Uint8Array.from(writer.finish());
}
