import { beforeEach, describe, expect, it } from 'vitest';
import { BrokerError } from '../../../../src/errors/index.ts';
import type { Event } from '../../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { encodeCanonical } from '../../../../src/kmip/attributes/canonical.ts';
import { timestampOf } from '../../../../src/uplink-wire/index.ts';
import { deferred } from '../../../support/deferred.ts';
import { CLIENT, openKeySide, type KeySide } from '../../../support/gateway/key-side.ts';
import { EditableVault } from '../../../support/gateway/editable-vault.ts';
import { sealingKeyFile } from '../../../support/gateway/sealing-key-file.ts';
import { POLICY, SERVICE, SERVICE_KEY, TENANT } from '../../../support/gateway/test-core.ts';
import { openPure } from '../../../support/providers.ts';

let side: KeySide;
let vault: EditableVault;

beforeEach(async () => {
  vault = new EditableVault();
  side = await openKeySide(await openPure(), { vault, settings: { sealingKey: sealingKeyFile() } });
  await side.join([{ ...POLICY, activateOnCreate: true }]);
});

type Kind = Parameters<KeySide['core']['event']>[0];

/** Tells the Gateway, and lets a second pass, so that every event has a time of its own. */
async function tell(kind: Kind, changes: Partial<Event> = {}): Promise<Event> {
  const event = side.core.event(kind, changes);
  await side.handlers.event(event);
  side.clock.pass(1000);
  return event;
}

async function stateOf(uid: string): Promise<number> {
  return (await side.find(uid)).state;
}

describe('events about keys', () => {
  it.each([
    ['EVENT_KIND_KEY_DEACTIVATED', 3, 'Deactivation Date'],
    ['EVENT_KIND_KEY_COMPROMISED', 4, 'Compromise Date'],
    ['EVENT_KIND_KEY_DESTROYED', 5, 'Destroy Date'],
  ] as const)('%s sets the state, the date and the reason', async (kind, state, date) => {
    const { row } = await side.create();
    const at = BigInt(Math.floor(side.clock.now() / 1000));
    await tell(kind, { uid: row.uid, reasonCode: 2, reasonMessage: 'lost' });
    const found = await side.find(row.uid);
    expect(found.state).toBe(state);
    expect(found.attributes.enumeration('State')).toBe(state);
    expect(found.attributes.date(date)).toBe(at);
    expect(found.attributes.get('Revocation Reason')?.type).toBe('structure');
    expect(found.quarantined).toBe(false);
  });

  it('take the wrapped bytes of a destroyed key away and overwrite them', async () => {
    const { row } = await side.create();
    let shredded = false;
    vault.onCommit = ({ shred }) => {
      shredded ||= shred === true;
    };
    await tell('EVENT_KIND_KEY_DESTROYED', { uid: row.uid });
    expect((await vault.get(TENANT, row.uid))?.wrapped).toHaveLength(0);
    expect(shredded).toBe(true);
    const found = await side.find(row.uid);
    expect(found.attributes.integer('Cryptographic Length')).toBe(256);
    await expect(side.read(found)).rejects.toThrow();
  });

  it('count before the vault has written them, and go on counting when it cannot', async () => {
    const key = await side.create();
    const source = await side.keys.material(key);
    const gate = deferred();
    vault.onCommit = () => gate.promise;
    const event = side.core.event('EVENT_KIND_KEY_COMPROMISED', { uid: key.row.uid });
    const applied = side.handlers.event(event);
    expect(await stateOf(key.row.uid)).toBe(4);
    // Also for whoever had looked before.
    expect(() => {
      source.writeTo(new Uint8Array(32), 0);
    }).toThrow('taken out of use');
    vault.failure = new BrokerError('VAULT_DISK_FULL', 'made to fail');
    gate.resolve();
    await expect(applied).rejects.toThrow('made to fail');
    expect(await stateOf(key.row.uid)).toBe(4);
    expect((await side.handlers.hello()).applied[0]).toBe(0n);
    vault.failure = undefined;
    await side.handlers.event(event);
    expect((await vault.get(TENANT, key.row.uid))?.state).toBe(4);
    expect((await side.handlers.hello()).applied[0]).toBe(1n);
  });

  it('never bring a compromised or destroyed key back', async () => {
    const compromised = (await side.create()).row.uid;
    const destroyed = (await side.create()).row.uid;
    await tell('EVENT_KIND_KEY_COMPROMISED', { uid: compromised });
    await tell('EVENT_KIND_KEY_DESTROYED', { uid: destroyed });
    for (const uid of [compromised, destroyed]) {
      for (const kind of [
        'EVENT_KIND_KEY_ACTIVATED',
        'EVENT_KIND_KEY_RESUMED',
        'EVENT_KIND_KEY_SUSPENDED',
        'EVENT_KIND_KEY_DEACTIVATED',
      ] as const) {
        await tell(kind, { uid });
      }
    }
    expect(await stateOf(compromised)).toBe(4);
    expect(await stateOf(destroyed)).toBe(5);
    await tell('EVENT_KIND_KEY_DESTROYED', { uid: compromised });
    await tell('EVENT_KIND_KEY_COMPROMISED', { uid: destroyed });
    expect([await stateOf(compromised), await stateOf(destroyed)]).toEqual([6, 6]);
  });

  it('suspend a key and give it back in the state it had', async () => {
    const { row } = await side.create();
    await tell('EVENT_KIND_KEY_DEACTIVATED', { uid: row.uid });
    await tell('EVENT_KIND_KEY_SUSPENDED', { uid: row.uid });
    expect(await stateOf(row.uid)).toBe(16);
    await tell('EVENT_KIND_KEY_RESUMED', { uid: row.uid });
    expect(await stateOf(row.uid)).toBe(3);
    expect(await side.read(await side.find(row.uid))).toHaveLength(32);
  });

  it('do not resume a key that was suspended again since', async () => {
    const { row } = await side.create();
    await tell('EVENT_KIND_KEY_SUSPENDED', { uid: row.uid });
    const resumed = side.core.event('EVENT_KIND_KEY_RESUMED', { uid: row.uid });
    side.clock.pass(5);
    // The second suspension overtakes the resumption: it travels in the first lane.
    await tell('EVENT_KIND_KEY_SUSPENDED', { uid: row.uid });
    await side.handlers.event(resumed);
    expect(await stateOf(row.uid)).toBe(16);
    await tell('EVENT_KIND_KEY_RESUMED', { uid: row.uid });
    expect(await stateOf(row.uid)).toBe(2);
  });

  it('have the same effect when they come twice', async () => {
    const { row } = await side.create();
    const event = await tell('EVENT_KIND_KEY_DEACTIVATED', { uid: row.uid });
    const before = await vault.get(TENANT, row.uid);
    await side.handlers.event(event);
    expect(await vault.get(TENANT, row.uid)).toEqual(before);
  });

  it('change attributes, but neither state nor digest with them', async () => {
    const { row, attributes } = await side.create();
    const changed = attributes
      .with('x-team', { type: 'textString', value: 'storage' })
      .with('State', { type: 'enumeration', value: 1 })
      .without('Digest');
    await tell('EVENT_KIND_KEY_ATTRIBUTES', { uid: row.uid, attributes: encodeCanonical(changed) });
    const found = await side.find(row.uid);
    expect(found.attributes.text('x-team')).toBe('storage');
    expect(found.state).toBe(2);
    expect(found.attributes.has('Digest')).toBe(true);
    const query = { terms: [{ name: 'x-team', value: 'textString:storage' }], accept: () => true };
    expect((await side.keys.locate({ ...query, offset: 0, limit: 1 }, CLIENT)).total).toBe(1);
  });

  it('restrict a key also when the attributes that came with them cannot be read', async () => {
    const { row } = await side.create();
    await tell('EVENT_KIND_KEY_COMPROMISED', { uid: row.uid, attributes: Buffer.from('nonsense') });
    expect(await stateOf(row.uid)).toBe(4);
    expect(side.log.with('error', 'attributes of an event')).toHaveLength(1);
  });

  it('find out that a row was edited, and restrict and quarantine it', async () => {
    const { row } = await side.create();
    vault.edit(row.uid, { objectType: 7 });
    await tell('EVENT_KIND_KEY_DEACTIVATED', { uid: row.uid });
    expect(await vault.stored(TENANT, row.uid)).toMatchObject({
      state: 3,
      quarantine: 'its MAC does not fit',
    });
  });

  it('about keys that are not here take their uid, so that nothing can come in under it', async () => {
    const uid = 'never-seen';
    await tell('EVENT_KIND_KEY_DESTROYED', { uid });
    expect(await stateOf(uid)).toBe(5);
    const wrapped = (await side.create()).row.wrapped;
    await side.applyDirectives([put(uid, wrapped)], CLIENT);
    expect(await stateOf(uid)).toBe(5);
    await expect(side.read(await side.find(uid))).rejects.toThrow();
  });

  it('are noted by lane, so that a restart goes on from there', async () => {
    const { row } = await side.create();
    await tell('EVENT_KIND_KEY_SUSPENDED', { uid: row.uid });
    await tell('EVENT_KIND_KEY_SUSPENDED', { uid: row.uid });
    await tell('EVENT_KIND_KEY_RESUMED', { uid: row.uid });
    side = await side.restart();
    expect((await side.handlers.hello()).applied).toEqual([2n, 1n, 0n]);
    const audit = await side.vault.audit({ after: 0, limit: 100 });
    expect(audit.map(({ operation }) => operation)).toEqual([
      'Create',
      'event key-suspended',
      'event key-suspended',
      'event key-resumed',
    ]);
  });

  it('that race with each other about one key are all applied', async () => {
    const { row, attributes } = await side.create();
    const events = [
      side.core.event('EVENT_KIND_KEY_COMPROMISED', { uid: row.uid }),
      side.core.event('EVENT_KIND_KEY_ATTRIBUTES', {
        uid: row.uid,
        attributes: encodeCanonical(attributes.with('x-a', { type: 'textString', value: 'b' })),
      }),
    ];
    await Promise.all(events.map((event) => side.handlers.event(event)));
    const found = await side.find(row.uid);
    expect(found.state).toBe(4);
    expect(found.attributes.text('x-a')).toBe('b');
    expect(found.quarantined).toBe(false);
  });
});

describe('events about service keys', () => {
  const scope = { serviceKeyId: SERVICE_KEY, serviceKeyVersion: 1 };

  it.each([
    ['EVENT_KIND_SERVICE_KEY_SUSPENDED', 'service key suspended'],
    ['EVENT_KIND_SERVICE_KEY_COMPROMISED', 'service key compromised'],
    ['EVENT_KIND_SERVICE_KEY_DESTROYED', 'service key destroyed'],
  ] as const)('%s wipes the key at once, also when the vault fails', async (kind, text) => {
    const key = await side.create();
    const source = await side.keys.material(key);
    vault.failure = new BrokerError('VAULT_DISK_FULL', 'made to fail');
    await expect(side.handlers.event(side.core.event(kind, scope))).rejects.toThrow('made to fail');
    expect(() => {
      source.writeTo(new Uint8Array(32), 0);
    }).toThrow(text);
    await expect(side.create()).rejects.toThrow(text);
    expect((await side.handlers.hello()).loaded).toEqual([]);
    vault.failure = undefined;
    await tell(kind, scope);
    side = await side.restart();
    await expect(side.create()).rejects.toThrow('service key');
    expect((await side.vault.readStates('grant/')).size).toBe(0);
  });

  it('of all versions take every version', async () => {
    await side.handlers.grant(side.core.grant({ version: 2 }));
    await tell('EVENT_KIND_SERVICE_KEY_SUSPENDED', { ...scope, serviceKeyVersion: 0 });
    expect((await side.handlers.hello()).loaded).toEqual([]);
  });

  it('resume a suspended key by a new grant, and a compromised one never', async () => {
    const { row } = await side.create();
    await tell('EVENT_KIND_SERVICE_KEY_SUSPENDED', scope);
    await tell('EVENT_KIND_SERVICE_KEY_RESUMED', scope);
    expect(side.calls.requested).toEqual([`${TENANT}/${SERVICE}/1`]);
    expect((await side.handlers.grant(side.core.grant())).keyCheckValue).toHaveLength(8);
    expect(await side.read(await side.find(row.uid))).toHaveLength(32);
    await tell('EVENT_KIND_SERVICE_KEY_COMPROMISED', scope);
    await tell('EVENT_KIND_SERVICE_KEY_RESUMED', scope);
    expect((await side.handlers.grant(side.core.grant())).keyCheckValue).toHaveLength(0);
  });

  it('ask for the new version after a rotation', async () => {
    await tell('EVENT_KIND_SERVICE_KEY_ROTATED', { ...scope, serviceKeyVersion: 2 });
    expect(side.calls.requested).toEqual([`${TENANT}/${SERVICE}/2`]);
    expect((await side.create()).row.serviceKeyVersion).toBe(1);
  });

  it('do not keep a key from being restricted while it is away, and it is bound again when it is back', async () => {
    const bytes = await side.read(await side.create());
    const { row } = await side.create();
    const twin = (await side.create()).row;
    expect(bytes).toHaveLength(32);
    await tell('EVENT_KIND_SERVICE_KEY_SUSPENDED', scope);
    await tell('EVENT_KIND_KEY_DEACTIVATED', { uid: row.uid });
    await tell('EVENT_KIND_KEY_DEACTIVATED', { uid: twin.uid });
    expect((await vault.get(TENANT, row.uid))?.mac).toHaveLength(0);
    expect(await stateOf(row.uid)).toBe(3);
    // Somebody uses the time to set the second one back and to exchange its bytes.
    vault.edit(twin.uid, { state: 2, wrapped: row.wrapped, digest: row.digest });
    await tell('EVENT_KIND_SERVICE_KEY_RESUMED', scope);
    await side.handlers.grant(side.core.grant());
    expect(await side.read(await side.find(row.uid))).toHaveLength(32);
    expect((await vault.stored(TENANT, row.uid))?.mac).toHaveLength(32);
    expect((await side.vault.readStates('unbound/')).has(`unbound/${row.uid}`)).toBe(false);
    expect((await side.find(twin.uid)).quarantined).toBe(true);
  });

  it('bind a state that was loosened while they were away as strict as it was', async () => {
    const { row } = await side.create();
    await tell('EVENT_KIND_KEY_DEACTIVATED', { uid: row.uid });
    await tell('EVENT_KIND_SERVICE_KEY_SUSPENDED', scope);
    await tell('EVENT_KIND_KEY_ATTRIBUTES', {
      uid: row.uid,
      attributes: (await side.find(row.uid)).row.attributes,
    });
    vault.edit(row.uid, { state: 2 });
    await tell('EVENT_KIND_SERVICE_KEY_RESUMED', scope);
    await side.handlers.grant(side.core.grant());
    await side.find(row.uid);
    expect((await vault.stored(TENANT, row.uid))?.state).toBe(3);
  });
});

describe('events about tenants and the Gateway', () => {
  it('suspend a tenant: keys wiped, connections closed, nobody served, and back again', async () => {
    const key = await side.create();
    const source = await side.keys.material(key);
    await tell('EVENT_KIND_TENANT_SUSPENDED', { serviceId: '' });
    expect(side.calls.closed).toEqual([TENANT]);
    expect(() => {
      source.writeTo(new Uint8Array(32), 0);
    }).toThrow('the tenant is suspended');
    await expect(side.keys.find(key.row.uid, CLIENT)).rejects.toThrow('the tenant is suspended');
    side = await side.restart();
    await expect(side.create()).rejects.toThrow('the tenant is suspended');
    await tell('EVENT_KIND_TENANT_RESTORED', { serviceId: '' });
    expect(side.calls.requested).toEqual([`${TENANT}/${SERVICE}/0`]);
    await side.handlers.grant(side.core.grant());
    expect(await side.read(await side.find(key.row.uid))).toHaveLength(32);
  });

  it('give a suspended tenant no key by a grant from before, and serve it by none until it is restored', async () => {
    const before = side.core.grant();
    side.clock.pass(1000);
    await tell('EVENT_KIND_TENANT_SUSPENDED', { serviceId: '' });
    await side.handlers.grant(before);
    expect((await side.handlers.hello()).loaded).toEqual([]);
    // Grants overtake the event that ends the suspension.
    await side.handlers.grant(side.core.grant());
    await expect(side.create()).rejects.toThrow('the tenant is suspended');
    await tell('EVENT_KIND_TENANT_RESTORED', { serviceId: '' });
    await side.create();
  });

  it('never restore a tenant that was revoked, nor by a word older than its suspension', async () => {
    const restored = side.core.event('EVENT_KIND_TENANT_RESTORED');
    side.clock.pass(1000);
    await tell('EVENT_KIND_TENANT_SUSPENDED');
    await side.handlers.event(restored);
    await expect(side.create()).rejects.toThrow('the tenant is suspended');
    await tell('EVENT_KIND_TENANT_REVOKED');
    await tell('EVENT_KIND_TENANT_RESTORED');
    await tell('EVENT_KIND_TENANT_SUSPENDED');
    side = await side.restart();
    await expect(side.create()).rejects.toThrow('the tenant is revoked');
    expect((await side.vault.readStates('grant/')).size).toBe(0);
  });

  it('take the Gateway out of service until the Core enrols it again', async () => {
    await tell('EVENT_KIND_GATEWAY_DECOMMISSIONED', { tenantId: '', serviceId: '' });
    expect(side.calls.closed).toEqual([TENANT]);
    side = await side.restart();
    await expect(side.create()).rejects.toThrow('this gateway is out of service');
    expect((await side.handlers.hello()).loaded).toEqual([]);
    await side.join();
    await side.create();
  });
});

function put(uid: string, wrapped: Uint8Array): Parameters<KeySide['applyDirectives']>[0][number] {
  return {
    directive: {
      $case: 'put',
      value: {
        ...{ uid, objectType: 2, state: 2, serviceKeyId: SERVICE_KEY, serviceKeyVersion: 1 },
        ...{ wrapped, attributes: new Uint8Array(), createdAt: timestampOf(side.clock.now()) },
      },
    },
  };
}
