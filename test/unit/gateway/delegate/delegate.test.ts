import { beforeEach, describe, expect, it, vi } from 'vitest';
import { KEY_STATE } from '../../../../src/gateway/keys/key-state.ts';
import {
  GetMiss,
  TunnelOutcome,
  type Directive,
} from '../../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { BrokerError } from '../../../../src/errors/index.ts';
import { encodeCanonical } from '../../../../src/kmip/attributes/canonical.ts';
import { AttributeSet } from '../../../../src/kmip/attributes/attribute-set.ts';
import { addAttribute } from '../../../../src/kmip/payloads/add-attribute.ts';
import { create } from '../../../../src/kmip/payloads/create.ts';
import { destroy } from '../../../../src/kmip/payloads/destroy.ts';
import { encrypt } from '../../../../src/kmip/payloads/encrypt.ts';
import { getAttributeList } from '../../../../src/kmip/payloads/get-attribute-list.ts';
import { getAttributes } from '../../../../src/kmip/payloads/get-attributes.ts';
import { get } from '../../../../src/kmip/payloads/get.ts';
import { reKey } from '../../../../src/kmip/payloads/re-key.ts';
import { register } from '../../../../src/kmip/payloads/register.ts';
import { revoke } from '../../../../src/kmip/payloads/revoke.ts';
import { OBJECT_TYPE, OPERATION } from '../../../../src/kmip/tables/enumerations.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { TtlvReader } from '../../../../src/kmip/ttlv/reader.ts';
import type { TtlvWriter } from '../../../../src/kmip/ttlv/writer.ts';
import type { KmipVersion } from '../../../../src/kmip/version.ts';
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
import { encodeAnswer } from '../../../support/gateway/scripted-core.ts';
import { POLICY, SERVICE, SERVICE_KEY, TENANT } from '../../../support/gateway/test-core.ts';
import { structure, integer } from '../../../support/kmip/hand-made.ts';

let kmip: KmipSide;

beforeEach(async () => {
  kmip = await openKmipSide();
});

const OTHER = 'd5a90c10-8a0b-4d5e-9c0a-3c3d7c0f2f11';
const SECRET = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

/** The Core answers with the object that the request names. */
const confirm = (
  codec: typeof destroy | typeof revoke,
  directives: readonly Directive[] = [],
): void => {
  kmip.core.script = (asked, _request, { header }) => {
    const { uid } = codec.decodeRequest(new TtlvReader(asked.payload), header.version);
    if (uid.kind !== 'text') throw new Error('not named by text');
    return {
      directives,
      payload: (writer, version) => {
        codec.encodeResponse(writer, { uid: uid.uid }, version);
      },
    };
  };
};

function setState(uid: string, state: number): Directive {
  const value = { uid, state, attributes: new Uint8Array(), reasonCode: 0 };
  return { directive: { $case: 'setState', value } };
}

const registration = (keyMaterial: Uint8Array) =>
  ({
    attributes: aes(128),
    object: {
      kind: 'symmetric-key',
      keyBlock: {
        keyFormatType: 1,
        keyMaterial,
        attributes: AttributeSet.empty,
        cryptographicAlgorithm: 3,
        cryptographicLength: 128,
      },
    },
  }) as const;

describe('a delegated item', () => {
  it.each(FAMILIES)(
    'is passed on with everything that belongs to it in version %i',
    async (version) => {
      const uid = await kmip.make();
      confirm(destroy);
      const answer = await kmip.one(version, destroy, { uid: uidOf(uid) });
      expect(answer.read(destroy).uid).toBe(uid);
      const [request] = kmip.core.requests;
      expect(request).toMatchObject({
        tenantId: TENANT,
        serviceId: SERVICE,
        kmipMajor: Math.floor(version / 10),
        kmipMinor: version % 10,
        operations: ['Destroy'],
        traceparent: '',
        client: { spiffeId: `spiffe://test/${TENANT}/${SERVICE}`, subject: `CN=${SERVICE}` },
      });
      expect(request?.requestId).toMatch(/^[0-9a-f-]{36}$/);
      const [message] = kmip.core.messages;
      expect(message?.header).toMatchObject({ version, batchCount: 1 });
      expect(message?.items).toHaveLength(1);
    },
  );

  it('carries the client’s correlation value, or one of ours in the place of an unprintable one', async () => {
    confirm(destroy);
    const named = { header: { clientCorrelationValue: 'order 66' } };
    await kmip.one(14, destroy, { uid: uidOf(OTHER) }, named);
    const odd = { header: { clientCorrelationValue: 'zeile\nzwei' } };
    await kmip.one(14, destroy, { uid: uidOf(OTHER) }, odd);
    const [first, second] = kmip.core.requests.map(({ correlationId }) => correlationId);
    expect(first).toBe('order 66');
    expect(second).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('goes to the Core under one name for a whole message, which the client is told from 1.4 on', async () => {
    confirm(destroy);
    const items = [OTHER, OTHER].map((uid) => item(14, destroy, { uid: uidOf(uid) }));
    const { header } = await kmip.ask(14, items);
    const names = kmip.core.requests.map(({ correlationId }) => correlationId);
    expect(names).toEqual([header.serverCorrelationValue, header.serverCorrelationValue]);
    const { header: older } = await kmip.ask(13, [item(13, destroy, { uid: uidOf(OTHER) })]);
    expect(older).not.toHaveProperty('serverCorrelationValue');
  });

  it('names its object by text instead of by placeholder or position', async () => {
    confirm(destroy);
    const { items } = await kmip.ask(21, [
      item(21, create, { objectType: OBJECT_TYPE.symmetricKey, attributes: aes(256) }),
      item(21, destroy, { uid: PLACEHOLDER }),
      item(21, destroy, { uid: { kind: 'batch-item', index: 0 } }),
    ]);
    const { uid } = answered(items[0], 21).read(create);
    const asked = kmip.core.messages.map((message) => {
      const payload = message.items[0]?.payload ?? new Uint8Array();
      return destroy.decodeRequest(new TtlvReader(payload), 21).uid;
    });
    expect(asked).toEqual([uidOf(uid), uidOf(uid)]);
  });

  it('is otherwise as it came, known fields or not', async () => {
    const uid = await kmip.make();
    const value = { type: 'textString', value: 'v' } as const;
    await kmip.one(14, addAttribute, {
      uid: uidOf(`${TENANT}:${uid}:1`),
      attribute: { name: 'x-Vendor', value },
    });
    const payload = kmip.core.messages[0]?.items[0]?.payload ?? new Uint8Array();
    expect(addAttribute.decodeRequest(new TtlvReader(payload), 14)).toMatchObject({
      uid: uidOf(uid),
      attribute: { name: 'x-Vendor', value },
    });

    const unknown = structure(TAG.requestPayload, integer(TAG.leaseTime, 7), integer(0x540001, 9));
    await kmip.ask(14, [{ operation: OPERATION.obtainLease, payload: unknown }]);
    // It names nothing, and there is no placeholder: the Core is not asked.
    expect(kmip.core.requests).toHaveLength(1);
    await kmip.ask(14, [{ operation: OPERATION.validate, payload: unknown }]);
    const reader = new TtlvReader(kmip.core.messages[1]?.items[0]?.payload ?? new Uint8Array());
    reader.enter(TAG.requestPayload);
    expect([reader.integer(TAG.leaseTime), reader.integer(0x540001)]).toEqual([7, 9]);
  });

  it('waits until the core knows of its object', async () => {
    const uid = await kmip.make();
    confirm(destroy);
    await kmip.one(14, destroy, { uid: uidOf(uid) });
    expect(kmip.core.flushed).toEqual([1]);
    expect(kmip.core.requests[0]?.minOutboxSequence).toBe(1n);
    await kmip.one(14, destroy, { uid: uidOf(OTHER) });
    expect(kmip.core.flushed).toEqual([1]);
    expect(kmip.core.requests[1]?.minOutboxSequence).toBe(0n);
  });

  it('leaves no copy of its request behind', async () => {
    kmip.core.script = () => ({
      payload: (writer, version) => {
        register.encodeResponse(writer, { uid: OTHER }, version);
      },
    });
    const answer = await kmip.one(14, register, registration(SECRET));
    expect(answer.read(register).uid).toBe(OTHER);
    expect(Buffer.from(kmip.core.requests[0]?.rawRequest ?? []).includes(SECRET)).toBe(true);
    expect(kmip.core.buffers[0]?.every((byte) => byte === 0)).toBe(true);
    expect(kmip.side.log.lines.join('\n')).not.toContain(SECRET.toString('hex'));

    kmip.core.failure = new BrokerError('CORE_OUTCOME_UNKNOWN', 'outcome unknown');
    await kmip.one(14, register, registration(SECRET));
    expect(kmip.core.buffers[1]?.every((byte) => byte === 0)).toBe(true);
  });

  it('leaves no copy of its answer behind', async () => {
    kmip.core.script = () => ({
      payload: (writer, version) => {
        encrypt.encodeResponse(writer, { uid: OTHER, data: SECRET }, version);
      },
    });
    const answer = await kmip.one(14, encrypt, { uid: uidOf(OTHER), data: SECRET });
    expect(answer.read(encrypt).data).toEqual(new Uint8Array(SECRET));
    expect(kmip.core.answers[0]?.rawResponse.every((byte) => byte === 0)).toBe(true);
  });

  it('leaves no copy of an answer behind that cannot be passed on', async () => {
    const wiped = (): boolean =>
      kmip.core.answers.at(-1)?.rawResponse.every((byte) => byte === 0) === true;
    const payload = (writer: TtlvWriter, version: KmipVersion): void => {
      encrypt.encodeResponse(writer, { uid: OTHER, data: SECRET }, version);
    };
    // In another version than it was asked in.
    kmip.core.script = (asked) => ({ raw: encodeAnswer(asked.operation, 21, { payload }) });
    await kmip.one(14, encrypt, { uid: uidOf(OTHER), data: SECRET });
    expect(wiped()).toBe(true);
    // Its effects cannot be kept.
    const attributes = Buffer.from('not attributes');
    const effect = {
      $case: 'setAttributes',
      value: { uid: await kmip.make(), attributes },
    } as const;
    kmip.core.script = () => ({ payload, directives: [{ directive: effect }] });
    await kmip.one(14, encrypt, { uid: uidOf(OTHER), data: SECRET });
    expect(wiped()).toBe(true);
    // The client has no room for it.
    kmip.core.script = () => ({ payload });
    const header = { maximumResponseSize: 600 };
    await kmip.ask(
      14,
      Array.from({ length: 2 }, () => item(14, encrypt, { uid: uidOf(OTHER), data: SECRET })),
      { header },
    );
    expect(wiped()).toBe(true);
    // It fails, and says more than it should.
    kmip.core.script = () => ({ payload, reason: 1 });
    await kmip.one(14, encrypt, { uid: uidOf(OTHER), data: SECRET });
    expect(wiped()).toBe(true);
  });

  it('leaves no copy of a key behind whose reading cannot be noted', async () => {
    kmip.core.script = () => ({
      payload: (writer, version) => {
        get.encodeResponse(writer, { uid: OTHER, object: registration(SECRET).object }, version);
      },
    });
    vi.spyOn(kmip.side.keys, 'audit').mockRejectedValue(new Error('no audit'));
    const answer = await kmip.one(14, get, { uid: uidOf(OTHER) });
    expect(answer.status).toBe(1);
    expect(kmip.core.answers[0]?.rawResponse.every((byte) => byte === 0)).toBe(true);
  });

  it('sets the placeholder to what the core has made', async () => {
    kmip.core.script = (asked) => ({
      payload: (writer, version) => {
        const codec = asked.operation === OPERATION.register ? register : destroy;
        codec.encodeResponse(writer, { uid: OTHER }, version);
      },
    });
    const { items } = await kmip.ask(14, [
      item(14, register, registration(SECRET)),
      item(14, destroy, { uid: PLACEHOLDER }),
    ]);
    expect(items.map(({ status }) => status)).toEqual([0, 0]);
    const payload = kmip.core.messages[1]?.items[0]?.payload ?? new Uint8Array();
    expect(destroy.decodeRequest(new TtlvReader(payload), 14).uid).toEqual(uidOf(OTHER));
  });

  it('does not make a placeholder of what is only named', async () => {
    confirm(destroy);
    const { items } = await kmip.ask(
      14,
      [item(14, destroy, { uid: uidOf(OTHER) }), item(14, get, { uid: PLACEHOLDER })],
      { header: { errorContinuation: 'continue' } },
    );
    expectFailure(answered(items[1], 14), 14, 'itemNotFound');
  });
});

describe('the answer of the core', () => {
  it('has its effect on the vault before the client hears of it', async () => {
    const uid = await kmip.make();
    confirm(revoke, [setState(uid, KEY_STATE.compromised)]);
    const { items } = await kmip.ask(14, [
      item(14, revoke, { uid: uidOf(uid), reasonCode: 2 }),
      item(14, get, { uid: uidOf(uid) }),
    ]);
    expect(items[0]?.status).toBe(0);
    expectFailure(answered(items[1], 14), 14, 'wrongState', 'the object is compromised');
  });

  it('is passed on as it came when it is a refusal', async () => {
    kmip.core.script = () => ({ reason: 0x43, message: 'only by the core' });
    const answer = await kmip.one(21, destroy, { uid: uidOf(OTHER) });
    expect(answer).toMatchObject({ status: 1, reason: 0x43, message: 'only by the core' });
    expect(answer.payload).toBeUndefined();
  });

  it.each([
    ['CORE_UNREACHABLE', 'generalFailure', 'core unreachable'],
    ['CORE_OUTCOME_UNKNOWN', 'generalFailure', 'outcome unknown'],
    ['CORE_REFUSED', 'generalFailure', 'refused by the core'],
    ['UPLINK_BUSY', 'serverLimitExceeded', 'too many requests to the core'],
    ['FIELD_TOO_LARGE', 'generalFailure', 'too large to be passed on'],
  ] as const)('that does not come, for %s, is told in fixed words', async (code, failure, text) => {
    for (const version of FAMILIES) {
      kmip.core.failure = new BrokerError(code, 'words for the log');
      const answer = await kmip.one(version, destroy, { uid: uidOf(OTHER) });
      expectFailure(answer, version, failure, text);
    }
    expect(kmip.faults).toEqual([]);
  });

  it('that the core did not give at all is told by its outcome', async () => {
    kmip.core.script = () => ({
      raw: new Uint8Array(),
      outcome: TunnelOutcome.TUNNEL_OUTCOME_DENIED,
    });
    const denied = await kmip.one(14, destroy, { uid: uidOf(OTHER) });
    expectFailure(denied, 14, 'permissionDenied', 'the core does not allow this');
    kmip.core.script = () => ({
      raw: new Uint8Array(),
      outcome: TunnelOutcome.TUNNEL_OUTCOME_UNSUPPORTED,
    });
    const unsupported = await kmip.one(14, destroy, { uid: uidOf(OTHER) });
    expectFailure(unsupported, 14, 'operationNotSupported');
  });

  const ok = (version: KmipVersion, operation: number = OPERATION.destroy) =>
    encodeAnswer(operation, version, {
      payload: (writer) => {
        destroy.encodeResponse(writer, { uid: OTHER }, version);
      },
    });

  it.each([
    ['no bytes', new Uint8Array()],
    ['bytes that are no message', Buffer.alloc(64, 0xff)],
    ['an answer to another operation', ok(14, OPERATION.revoke)],
    ['a success that names no operation', encodeAnswer(undefined, 14, {})],
    ['an answer in another version', ok(21)],
    ['half an answer', ok(14).subarray(0, 120)],
  ])('that is %s is an unknown outcome, and its effects count', async (_what, raw) => {
    const uid = await kmip.make();
    kmip.core.script = () => ({ raw, directives: [setState(uid, KEY_STATE.compromised)] });
    const answer = await kmip.one(14, destroy, { uid: uidOf(uid) });
    expectFailure(answer, 14, 'generalFailure', 'outcome unknown');
    expect(kmip.side.log.with('error', 'answer of the core not applied')).toHaveLength(1);
    expect((await kmip.side.find(uid)).state).toBe(KEY_STATE.compromised);
  });

  it('with two items is an unknown outcome', async () => {
    kmip.core.script = (asked) => {
      const raw = encodeAnswer(asked.operation, 14, {
        payload: (writer) => {
          destroy.encodeResponse(writer, { uid: OTHER }, 14);
        },
      });
      return { raw: Buffer.concat([raw, raw.subarray(8)]) };
    };
    const answer = await kmip.one(14, destroy, { uid: uidOf(OTHER) });
    expectFailure(answer, 14, 'generalFailure', 'outcome unknown');
  });

  it('whose effects cannot be kept is an unknown outcome', async () => {
    const uid = await kmip.make();
    confirm(destroy, [
      {
        directive: {
          $case: 'setAttributes',
          value: { uid, attributes: Buffer.from('not attributes') },
        },
      },
    ]);
    const answer = await kmip.one(14, destroy, { uid: uidOf(uid) });
    expect(answer.status).toBe(1);
    expect(answer.message).toBe('outcome unknown');
  });
});

describe('while the link is cut', () => {
  beforeEach(() => {
    kmip.link('cut');
  });

  it.each(FAMILIES)('control operations fail at once in version %i', async (version) => {
    const answer = await kmip.one(version, destroy, { uid: uidOf(OTHER) });
    expectFailure(answer, version, 'generalFailure', 'core unreachable');
    const registered = await kmip.one(version, register, registration(SECRET));
    expectFailure(registered, version, 'generalFailure', 'core unreachable');
    expect(kmip.core.requests).toEqual([]);
  });

  it('a batch goes on or stops behind one as it was asked to', async () => {
    const items = [
      item(14, create, { objectType: OBJECT_TYPE.symmetricKey, attributes: aes(256) }),
      item(14, destroy, { uid: PLACEHOLDER }),
      item(14, create, { objectType: OBJECT_TYPE.symmetricKey, attributes: aes(256) }),
    ];
    const stopped = await kmip.ask(14, items);
    expect(stopped.items.map(({ status }) => status)).toEqual([0, 1]);
    const header = { errorContinuation: 'continue' } as const;
    const continued = await kmip.ask(14, items, { header });
    expect(continued.items.map(({ status }) => status)).toEqual([0, 1, 0]);
    expect((await kmip.side.vault.facts()).keys).toBe(3);
  });
});

describe('a read of a key that is not here', () => {
  it('is answered by the core', async () => {
    kmip.core.script = () => ({
      payload: (writer, version) => {
        getAttributes.encodeResponse(
          writer,
          { uid: OTHER, attributes: aes(192).select(['Cryptographic Length']) },
          version,
        );
      },
    });
    const answer = await kmip.one(20, getAttributes, { uid: uidOf(OTHER), names: ['State'] });
    expect(answer.read(getAttributes).attributes.integer('Cryptographic Length')).toBe(192);
  });

  it('is refused without a question when the policy says so', async () => {
    kmip = await openKmipSide({ policy: { getMiss: GetMiss.GET_MISS_DENY } });
    const answer = await kmip.one(14, get, { uid: uidOf(OTHER) });
    expectFailure(answer, 14, 'itemNotFound', 'there is no such object');
    expect(kmip.core.requests).toEqual([]);
  });

  it.each(['CORE_UNREACHABLE', 'CORE_OUTCOME_UNKNOWN', 'UPLINK_BUSY'] as const)(
    'is not found when the core does not answer, for %s',
    async (code) => {
      kmip.core.failure = new BrokerError(code, 'no answer');
      const answer = await kmip.one(21, get, { uid: uidOf(OTHER) });
      expectFailure(answer, 21, 'itemNotFound', 'not found here, and the core is unreachable');
    },
  );

  it('goes to the core over a link that is stale', async () => {
    kmip.link('stale');
    await kmip.one(14, get, { uid: uidOf(OTHER) });
    expect(kmip.core.requests).toHaveLength(1);
  });

  it('is kept here and answered from here from then on', async () => {
    const { provider, core: grants, vault } = kmip.side;
    const serviceKey = grants.serviceKey(SERVICE_KEY, 1);
    const { wrapped } = provider.dataKeys.wrap(serviceKey, Buffer.from(SECRET), new Uint8Array());
    const put: Directive = {
      directive: {
        $case: 'put',
        value: {
          ...{ uid: OTHER, objectType: OBJECT_TYPE.symmetricKey, state: KEY_STATE.active, wrapped },
          ...{ serviceKeyId: SERVICE_KEY, serviceKeyVersion: 1, createdAt: undefined },
          attributes: encodeCanonical(aes(128)),
        },
      },
    };
    kmip.core.script = () => ({
      directives: [put],
      payload: (writer, version) => {
        get.encodeResponse(writer, { uid: OTHER, object: registration(SECRET).object }, version);
      },
    });
    for (const state of ['linked', 'cut'] as const) {
      kmip.link(state);
      const { object } = (await kmip.one(12, get, { uid: uidOf(OTHER) })).read(get);
      if (object.kind !== 'symmetric-key') throw new Error('another object');
      expect(object.keyBlock.keyMaterial).toEqual(new Uint8Array(SECRET));
    }
    expect(kmip.core.requests).toHaveLength(1);
    // The Core's own copy of the key was wiped unread.
    expect(kmip.core.answers[0]?.rawResponse.every((byte) => byte === 0)).toBe(true);
    expect(await vault.get(TENANT, OTHER)).toBeDefined();
  });

  it('is passed through when it may not be kept', async () => {
    kmip.core.script = () => ({
      payload: (writer, version) => {
        const object = {
          kind: 'secret-data',
          secretDataType: 2,
          keyBlock: { keyFormatType: 2, keyMaterial: SECRET, attributes: AttributeSet.empty },
        } as const;
        get.encodeResponse(writer, { uid: OTHER, object }, version);
      },
    });
    const { object } = (await kmip.one(10, get, { uid: uidOf(OTHER) })).read(get);
    expect(object).toMatchObject({ kind: 'secret-data', secretDataType: 2 });
    expect(kmip.core.answers[0]?.rawResponse.every((byte) => byte === 0)).toBe(true);
  });
});

describe('an operation', () => {
  const only = (...operations: string[]) => ({
    client: { ...kmip.side.client, operations: new Set(operations) },
  });

  it.each(FAMILIES)(
    'that the rule does not name is refused before all else, in version %i',
    async (version) => {
      const uid = await kmip.make();
      const allowed = only('Get');
      expect((await kmip.one(version, get, { uid: uidOf(uid) }, allowed)).status).toBe(0);
      const text = 'the client may not have this operation';
      for (const codec of [destroy, getAttributeList]) {
        const answer = await kmip.one(version, codec, { uid: uidOf(uid) }, allowed);
        expectFailure(answer, version, 'permissionDenied', text);
      }
      const request = { objectType: OBJECT_TYPE.symmetricKey, attributes: AttributeSet.empty };
      const made = await kmip.one(version, create, request, allowed);
      expectFailure(made, version, 'permissionDenied', text);
      expect(kmip.core.requests).toEqual([]);
    },
  );

  it('that only a server sends, or that nobody knows, is not supported', async () => {
    for (const operation of [OPERATION.put, OPERATION.notify, OPERATION.pkcs11, 0x7fff_ffff]) {
      const { items } = await kmip.ask(21, [{ operation, payload: structure(TAG.requestPayload) }]);
      expectFailure(answered(items[0], 21), 21, 'operationNotSupported');
    }
    expect(kmip.core.requests).toEqual([]);
  });

  it.each([11, 14] as const)(
    'that is answered with the attribute it sets is not begun without room for that, in version %i',
    async (version) => {
      const value = { type: 'textString', value: 'long '.repeat(200) } as const;
      const attribute = { name: 'x-note', value } as const;
      const header = { maximumResponseSize: 1000 };
      const request = { uid: uidOf(OTHER), attribute };
      const answer = await kmip.one(version, addAttribute, request, { header });
      expectFailure(answer, version, 'responseTooLarge');
      expect(kmip.core.requests).toEqual([]);
    },
  );

  it('that changes something is not begun when its answer would not fit', async () => {
    const { items } = await kmip.ask(
      14,
      [item(14, reKey, { uid: uidOf(OTHER), attributes: AttributeSet.empty })],
      {
        header: { maximumResponseSize: 256 },
      },
    );
    expectFailure(answered(items[0], 14), 14, 'responseTooLarge');
    expect(kmip.core.requests).toEqual([]);
  });

  it('of a service that is not served is refused', async () => {
    kmip = await openKmipSide({ others: [{ ...POLICY, serviceId: 'second' }] });
    const client = { ...kmip.side.client, serviceId: 'third' };
    const answer = await kmip.one(14, destroy, { uid: uidOf(OTHER) }, { client });
    expectFailure(answer, 14, 'permissionDenied', 'the service is not served here');
  });
});
