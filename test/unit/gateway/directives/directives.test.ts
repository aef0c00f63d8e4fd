import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { BrokerError } from '../../../../src/errors/index.ts';
import type {
  Directive,
  PutKey,
} from '../../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { AttributeSet } from '../../../../src/kmip/attributes/attribute-set.ts';
import { nameAttribute } from '../../../../src/kmip/attributes/build.ts';
import { encodeCanonical } from '../../../../src/kmip/attributes/canonical.ts';
import { timestampOf } from '../../../../src/uplink-wire/index.ts';
import { CLIENT, clientOf, openKeySide, type KeySide } from '../../../support/gateway/key-side.ts';
import { EditableVault } from '../../../support/gateway/editable-vault.ts';
import { POLICY, SERVICE, SERVICE_KEY, TENANT } from '../../../support/gateway/test-core.ts';
import { openPure } from '../../../support/providers.ts';

let side: KeySide;
let vault: EditableVault;

beforeEach(async () => {
  vault = new EditableVault();
  side = await openKeySide(await openPure(), { vault });
  await side.join([{ ...POLICY, activateOnCreate: true }]);
});

const ATTRIBUTES = encodeCanonical(
  AttributeSet.of([
    nameAttribute('from-the-core'),
    { name: 'Object Type', value: { type: 'enumeration', value: 2 } },
    { name: 'State', value: { type: 'enumeration', value: 2 } },
  ]),
);

/** Bytes wrapped as the Core would. */
function wrappedByCore(bytes: Uint8Array, version = 1): Uint8Array {
  const key = side.core.serviceKey(SERVICE_KEY, version);
  return side.provider.dataKeys.wrap(key, Uint8Array.from(bytes), Buffer.from('core')).wrapped;
}

function put(changes: Partial<PutKey> & { readonly uid: string }): Directive {
  return {
    directive: {
      $case: 'put',
      value: {
        ...{ objectType: 2, state: 2, serviceKeyId: SERVICE_KEY, serviceKeyVersion: 1 },
        wrapped: new Uint8Array(),
        attributes: ATTRIBUTES,
        createdAt: timestampOf(side.clock.now()),
        ...changes,
      },
    },
  };
}

function setState(
  uid: string,
  state: number,
  attributes: Uint8Array = new Uint8Array(),
): Directive {
  return { directive: { $case: 'setState', value: { uid, state, attributes, reasonCode: 0 } } };
}

function apply(...directives: Directive[]): Promise<void> {
  return side.applyDirectives(directives, CLIENT);
}

describe('PUT', () => {
  it('keeps a key of the Core so that it is read here from then on, found by its name', async () => {
    const bytes = Buffer.alloc(32, 7);
    await apply(put({ uid: 'k1', wrapped: wrappedByCore(bytes) }));
    const found = await side.find('k1');
    expect(found.state).toBe(2);
    expect(await side.read(found)).toEqual(bytes);
    const query = { terms: [{ name: 'Name', value: 'from-the-core' }], accept: () => true };
    expect((await side.keys.locate({ ...query, offset: 0, limit: 1 }, CLIENT)).total).toBe(1);
    // The Core knows it already.
    expect(await side.pendingSequence('k1')).toBe(0);
  });

  it.each([7, 8])(
    'keeps no digest of an object of type %i, whose value could be guessed',
    async (type) => {
      const password = Buffer.from('correct horse');
      await apply(put({ uid: 'p1', objectType: type, wrapped: wrappedByCore(password) }));
      const digest = createHash('sha256').update(password).digest();
      expect((await vault.get(TENANT, 'p1'))?.digest).not.toEqual(digest);
      const found = await side.find('p1');
      expect(found.attributes.has('Digest')).toBe(false);
      expect(await side.read(found)).toEqual(password);
      // Another state is another MAC.
      await apply(setState('p1', 3));
      expect(await side.read(await side.find('p1'))).toEqual(password);
    },
  );

  it.each([1, 5, 15, 16, 17, 24, 96, 1000])(
    'reads objects of %i bytes back whole',
    async (length) => {
      const bytes = Buffer.alloc(length, 0x5a);
      await apply(put({ uid: 'k1', objectType: 7, wrapped: wrappedByCore(bytes) }));
      expect(await side.read(await side.find('k1'))).toEqual(bytes);
    },
  );

  it('keeps nothing when it does not unwrap, has no bytes, or its service key is away', async () => {
    await apply(
      put({ uid: 'k1', wrapped: Buffer.alloc(40, 1) }),
      put({ uid: 'k2' }),
      put({ uid: 'k3', wrapped: wrappedByCore(Buffer.alloc(32), 9), serviceKeyVersion: 9 }),
    );
    for (const uid of ['k1', 'k2', 'k3']) {
      expect(await side.keys.find(uid, CLIENT)).toBeUndefined();
    }
  });

  it('does not bring in what an event took away while the answer was on its way', async () => {
    await side.handlers.event(side.core.event('EVENT_KIND_KEY_SUSPENDED', { uid: 'k1' }));
    await side.handlers.event(side.core.event('EVENT_KIND_KEY_DEACTIVATED', { uid: 'k2' }));
    await side.handlers.event(side.core.event('EVENT_KIND_KEY_COMPROMISED', { uid: 'k3' }));
    const wrapped = wrappedByCore(Buffer.alloc(32));
    await apply(...['k1', 'k2', 'k3'].map((uid) => put({ uid, wrapped })));
    const states = await Promise.all(['k1', 'k2', 'k3'].map((uid) => side.find(uid)));
    expect(states.map(({ state }) => state)).toEqual([16, 3, 4]);
  });

  it('again changes attributes alone; another key under the same identifier is quarantined', async () => {
    const wrapped = wrappedByCore(Buffer.alloc(32, 7));
    await apply(put({ uid: 'k1', wrapped }));
    const renamed = encodeCanonical(AttributeSet.of([nameAttribute('renamed')]));
    await apply(put({ uid: 'k1', wrapped, attributes: renamed }));
    expect((await side.find('k1')).attributes.all('Name')).toHaveLength(1);
    expect(await side.read(await side.find('k1'))).toEqual(Buffer.alloc(32, 7));
    await apply(put({ uid: 'k1', wrapped: wrappedByCore(Buffer.alloc(32, 8)) }));
    expect((await side.find('k1')).quarantined).toBe(true);
  });

  it('never touches a key of another service', async () => {
    const { row } = await side.create();
    const other = clientOf(TENANT, 'billing');
    await side.applyDirectives([setState(row.uid, 5), put({ uid: row.uid })], other);
    expect(await vault.get(TENANT, row.uid)).toMatchObject({ revision: 1, state: 2 });
    expect((await side.find(row.uid)).row.service).toBe(SERVICE);
  });
});

describe('SET_STATE and SET_ATTRIBUTES', () => {
  it('lead forward in the life of a key and never back', async () => {
    const { row } = await side.create();
    await apply(setState(row.uid, 3));
    await apply(setState(row.uid, 2));
    await apply(setState(row.uid, 1));
    expect((await side.find(row.uid)).state).toBe(3);
    await apply(setState(row.uid, 4));
    await apply(setState(row.uid, 3));
    expect((await side.find(row.uid)).state).toBe(4);
    await apply(setState(row.uid, 5));
    expect((await side.find(row.uid)).state).toBe(6);
    expect((await vault.get(TENANT, row.uid))?.wrapped).toHaveLength(0);
  });

  it('do not lift a suspension that the answer did not know of', async () => {
    const { row } = await side.create();
    await side.handlers.event(side.core.event('EVENT_KIND_KEY_SUSPENDED', { uid: row.uid }));
    await apply(setState(row.uid, 2));
    expect((await side.find(row.uid)).state).toBe(16);
  });

  it('take the attributes that the Core says, but not its idea of the state', async () => {
    const { row } = await side.create();
    const attributes = encodeCanonical(
      AttributeSet.of([
        nameAttribute('renamed'),
        { name: 'State', value: { type: 'enumeration', value: 4 } },
      ]),
    );
    await apply({ directive: { $case: 'setAttributes', value: { uid: row.uid, attributes } } });
    const found = await side.find(row.uid);
    expect(found.attributes.has('Name')).toBe(true);
    expect(found.state).toBe(2);
    expect(found.attributes.enumeration('State')).toBe(2);
  });

  it('about unknown keys, unknown states and nothing at all do nothing', async () => {
    const { row } = await side.create();
    await apply(setState('unknown', 4), setState(row.uid, 99), { directive: undefined });
    await side.applyDirectives([], CLIENT);
    expect((await side.find(row.uid)).state).toBe(2);
    expect(await side.keys.find('unknown', CLIENT)).toBeUndefined();
  });

  it('are one change with PURGE and PUT of the same answer, all or nothing', async () => {
    const { row } = await side.create();
    const gone = (await side.create()).row;
    const wrapped = wrappedByCore(Buffer.alloc(32));
    const directives = [
      setState(row.uid, 3),
      { directive: { $case: 'purge', value: { uid: gone.uid } } } as const,
      put({ uid: 'k1', wrapped }),
      setState('k1', 3),
    ];
    vault.failure = new BrokerError('VAULT_DISK_FULL', 'made to fail');
    await expect(apply(...directives)).rejects.toThrow('made to fail');
    expect((await vault.get(TENANT, row.uid))?.state).toBe(2);
    // What is taken away counts all the same: the Core has decided it.
    expect((await side.find(row.uid)).state).toBe(3);
    vault.failure = undefined;
    await apply(...directives);
    expect((await side.find(row.uid)).state).toBe(3);
    expect((await side.find('k1')).state).toBe(3);
    expect(await side.keys.find(gone.uid, CLIENT)).toBeUndefined();
  });
});
