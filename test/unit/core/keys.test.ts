import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { setServiceKeyState, rotateServiceKey } from '../../../src/core/admin/services.ts';
import { setTenantState } from '../../../src/core/admin/tenants.ts';
import type { NewCoreKey } from '../../../src/core/keys/key-work.ts';
import { WorkConflict } from '../../../src/core/keys/staged-work.ts';
import { Event, EventKind } from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { AttributeSet } from '../../../src/kmip/attributes/attribute-set.ts';
import { nameAttribute } from '../../../src/kmip/attributes/build.ts';
import { searchTerms } from '../../../src/kmip/attributes/search-terms.ts';
import { makeCoreParts, type CoreParts } from '../../support/core/core-parts.ts';
import { SERVICE, TENANT } from '../../support/core/scenario.ts';
import { expectFailure } from '../../support/failures.ts';

const scoped = { tenantId: TENANT, serviceId: SERVICE };

function newKey(parts: CoreParts, uid: string = randomUUID(), name = 'a name'): NewCoreKey {
  const { serviceKeyId, version, key, headerOf } = parts.work().activeServiceKey();
  const row = parts.provider.dataKeys.create(key, 256, headerOf(uid, 2));
  return {
    ...{ uid, objectType: 2, state: 1, serviceKeyId, serviceKeyVersion: version },
    escrow: { wrapped: row.wrapped, mac: row.mac },
    digest: row.digest,
    attributes: AttributeSet.empty.withAll([nameAttribute(name)]),
  };
}

function commit(parts: CoreParts, change: (work: ReturnType<CoreParts['work']>) => void): void {
  const work = parts.work();
  change(work);
  parts.store.transaction(() => {
    work.commit();
  });
}

function eventsOf({ store }: CoreParts, gatewayId: string): Event[] {
  return ([0, 1, 2] as const).flatMap((lane) =>
    store.events.after(gatewayId, lane, 0, 100).map(({ event }) => Event.decode(event)),
  );
}

describe('work on keys', () => {
  it('keep no digest of a value that could be guessed, and open all the same', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const uid = randomUUID();
    const { serviceKeyId, version, key, headerOf } = parts.work().activeServiceKey();
    const password = Buffer.from('correct horse');
    const made = parts.provider.dataKeys.wrap(key, Uint8Array.from(password), headerOf(uid, 7));
    commit(parts, (work) => {
      work.insert({
        ...{ uid, objectType: 7, state: 1, serviceKeyId, serviceKeyVersion: version },
        escrow: { wrapped: made.wrapped, mac: made.mac },
        ...{ digest: made.digest, attributes: AttributeSet.empty },
      });
    });
    expect(parts.store.keys.get(uid)?.digest).toBeUndefined();
    const work = parts.work();
    const stored = work.get(uid);
    if (stored === undefined) throw new Error('not stored');
    const opened = work.open(stored);
    const target = new Uint8Array(32);
    const { dataKeys } = parts.provider;
    const length = dataKeys.read(opened.key, opened.row, opened.header, target, 0);
    expect(Buffer.from(target.subarray(0, length))).toEqual(password);
  });

  it('is seen by itself before, and by others after it is committed', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const work = parts.work();
    const key = newKey(parts);
    work.insert(key);
    expect(work.get(key.uid)?.attributes.enumeration('State')).toBe(1);
    expect(parts.work().get(key.uid)).toBeUndefined();
    parts.store.transaction(() => {
      work.commit();
    });
    expect(parts.work().get(key.uid)).toMatchObject({ uid: key.uid, state: 1, revision: 1 });
  });

  it('conflicts with a change that came in between, and then changes nothing', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const { uid } = newKey(parts);
    commit(parts, (work) => work.insert(newKey(parts, uid)));
    const slow = parts.work();
    slow.transition(uid, { kind: 'activate' });
    commit(parts, (work) => work.transition(uid, { kind: 'destroy', by: 'client' }));
    expect(() => {
      parts.store.transaction(() => {
        slow.commit();
      });
    }).toThrow(WorkConflict);
    expect(parts.work().get(uid)).toMatchObject({ state: 5, revision: 2, escrow: undefined });
  });

  it('holds a uid once, whoever asks, and hides the keys of others', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    parts.addTenant('globex');
    const key = newKey(parts);
    commit(parts, (work) => work.insert(key));
    await expectFailure(() => parts.work().insert(key), 'CORE_KEY_EXISTS');
    await expectFailure(
      () => parts.work().transition('none', { kind: 'activate' }),
      'CORE_KEY_UNKNOWN',
    );
    const { store, keyRing, publisher } = parts;
    const service = store.services.get('globex', SERVICE) ?? fail();
    const { StagedWork } = await import('../../../src/core/keys/staged-work.ts');
    const foreign = new StagedWork({
      ...{ store, keyRing, publisher, service, gatewayId: '', actor: '' },
      ...{ correlationId: '', now: 1 },
    });
    expect(foreign.get(key.uid)).toBeUndefined();
    expect(foreign.locate(everything).total).toBe(0);
    await expectFailure(() => foreign.insert(key), 'CORE_KEY_EXISTS');
    await expectFailure(
      () => foreign.transition(key.uid, { kind: 'destroy', by: 'client' }),
      'CORE_KEY_UNKNOWN',
    );
  });

  it('tells every gateway of the service what it changed, each change once', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const [first, second] = [parts.addGateway(), parts.addGateway('edge-2')];
    const key = newKey(parts);
    commit(parts, (work) => work.insert(key));
    expect(eventsOf(parts, first.gatewayId)).toEqual([]);
    commit(parts, (work) => {
      work.setAttributes(key.uid, key.attributes.withAll([nameAttribute('b')]));
      work.transition(key.uid, { kind: 'activate' });
    });
    commit(parts, (work) => work.setAttributes(key.uid, key.attributes));
    commit(parts, (work) => work.transition(key.uid, { kind: 'suspend' }));
    for (const { gatewayId } of [first, second]) {
      const events = eventsOf(parts, gatewayId);
      expect(events.map(({ kind, lane, laneSequence }) => [kind, lane, laneSequence])).toEqual([
        [EventKind.EVENT_KIND_KEY_SUSPENDED, 0, 1n],
        [EventKind.EVENT_KIND_KEY_ACTIVATED, 1, 1n],
        [EventKind.EVENT_KIND_KEY_ATTRIBUTES, 2, 1n],
      ]);
      expect(events.every(({ uid, tenantId }) => uid === key.uid && tenantId === TENANT)).toBe(
        true,
      );
    }
    expect(parts.work().get(key.uid)?.revision).toBe(4);
  });

  it('resumes a suspended key to what it was', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const key = newKey(parts);
    commit(parts, (work) => work.insert(key));
    commit(parts, (work) => work.transition(key.uid, { kind: 'suspend' }));
    commit(parts, (work) => work.transition(key.uid, { kind: 'resume' }));
    expect(parts.work().get(key.uid)).toMatchObject({ state: 1, suspendedFrom: undefined });
  });

  it('finds keys by terms, with what fits in all, in the order they came', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const uids: string[] = [];
    for (let index = 0; index < 6; index += 1) {
      const key = newKey(parts, undefined, index % 2 === 0 ? 'even' : 'odd');
      commit(parts, (work) => work.insert(key));
      uids.push(key.uid);
    }
    const terms = searchTerms(AttributeSet.empty.withAll([nameAttribute('even')]));
    const found = parts.work().locate({ ...everything, terms, offset: 1, limit: 1 });
    expect(found.total).toBe(3);
    expect(found.keys.map(({ uid }) => uid)).toEqual([uids[2]]);
    expect(parts.work().locate({ ...everything, terms: [...terms, ...terms] }).total).toBe(3);
    expect(parts.work().locate({ ...everything, objectType: 7 }).total).toBe(0);
    // Another name moves it in the index.
    commit(parts, (work) =>
      work.setAttributes(uids[0] ?? '', AttributeSet.empty.withAll([nameAttribute('odd')])),
    );
    expect(parts.work().locate({ ...everything, terms }).total).toBe(2);
  });

  it('gives directives for what the asking vault must do', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const key = newKey(parts);
    const work = parts.work();
    work.insert(key);
    expect(work.directives()).toMatchObject([
      { directive: { $case: 'put', value: { uid: key.uid } } },
    ]);
    parts.store.transaction(() => {
      work.commit();
    });
    const next = parts.work();
    next.transition(key.uid, {
      ...{ kind: 'compromise', by: 'client', reason: { code: 2, message: '' } },
    });
    expect(next.directives()).toMatchObject([
      { directive: { $case: 'setState', value: { uid: key.uid, state: 4, reasonCode: 2 } } },
    ]);
    const reading = parts.work();
    reading.cacheAtGateway(key.uid);
    reading.cacheAtGateway('none');
    expect(reading.hasChanges).toBe(false);
    expect(reading.directives()).toHaveLength(1);
  });

  it('opens an escrowed key for its own uid alone', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const [one, two] = [newKey(parts), newKey(parts)];
    commit(parts, (work) => {
      work.insert(one);
      work.insert({ ...two, ...(one.escrow && { escrow: one.escrow }) });
    });
    const work = parts.work();
    const target = new Uint8Array(32);
    const read = (uid: string): number => {
      const { key, row, header } = work.open(work.get(uid) ?? fail());
      return parts.provider.dataKeys.read(key, row, header, target, 0);
    };
    expect(read(one.uid)).toBe(32);
    await expectFailure(() => read(two.uid), 'DATA_KEY_TAMPERED');
  });
});

describe('service keys', () => {
  it('wrap and unwrap as their state and their tenant’s state allow', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const { administration } = parts;
    const key = newKey(parts);
    commit(parts, (work) => work.insert(key));
    const open = (): unknown => parts.work().open(parts.work().get(key.uid) ?? fail());
    const wrap = (): unknown => parts.work().activeServiceKey();
    rotateServiceKey(administration, scoped);
    expect(open()).toBeDefined();
    expect(parts.work().activeServiceKey().version).toBe(2);
    const set = (version: number, state: 1 | 2 | 3 | 4 | 5): void => {
      setServiceKeyState(administration, { ...scoped, version, state, dryRun: false });
    };
    set(1, 3);
    await expectFailure(open, 'SERVICE_KEY_UNAVAILABLE');
    await expectFailure(() => {
      set(1, 1);
    }, 'CORE_STATE_REFUSED');
    set(1, 2);
    expect(open()).toBeDefined();
    setTenantState(administration, { tenantId: TENANT, state: 'SUSPENDED', dryRun: false });
    await expectFailure(open, 'SERVICE_KEY_UNAVAILABLE');
    await expectFailure(wrap, 'SERVICE_KEY_UNAVAILABLE');
    setTenantState(administration, { tenantId: TENANT, state: 'ACTIVE', dryRun: false });
    expect(open()).toBeDefined();
    set(1, 4);
    await expectFailure(open, 'SERVICE_KEY_UNAVAILABLE');
    await expectFailure(() => {
      set(1, 2);
    }, 'CORE_STATE_REFUSED');
    set(1, 5);
    expect(parts.store.serviceKeys.list(serviceKeyId(parts))[0]?.wrapped).toBeUndefined();
    await expectFailure(() => {
      set(1, 4);
    }, 'CORE_STATE_REFUSED');
    set(2, 3);
    await expectFailure(wrap, 'SERVICE_KEY_UNAVAILABLE');
    rotateServiceKey(administration, scoped);
    expect(parts.work().activeServiceKey().version).toBe(3);
    // It was active when it was suspended, but is not any more.
    await expectFailure(() => {
      set(2, 1);
    }, 'CORE_STATE_REFUSED');
  });

  it('change nothing in a dry run, of whatever kind', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const { gatewayId } = parts.addGateway();
    const version = parts.link.governor.version;
    const radius = setServiceKeyState(parts.administration, {
      ...{ ...scoped, version: 1, state: 5, dryRun: true },
    });
    expect(radius).toMatchObject({
      applied: false,
      serviceKeyVersions: 1n,
      gatewaysUnreachable: 1n,
    });
    expect(eventsOf(parts, gatewayId)).toEqual([]);
    expect(parts.link.governor.version).toBe(version);
    expect(parts.work().activeServiceKey().version).toBe(1);
  });
});

const everything = { terms: [], accept: () => true, offset: 0, limit: 1000 } as const;

function serviceKeyId({ store }: CoreParts): string {
  return store.services.get(TENANT, SERVICE)?.serviceKeyId ?? '';
}

function fail(): never {
  throw new Error('it is not there');
}

describe('the store', () => {
  it('keeps nothing of a transaction that fails, and tells nobody', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const { gatewayId } = parts.addGateway();
    const { store, publisher } = parts;
    let told = 0;
    publisher.observe({
      eventsLogged: () => {
        told += 1;
      },
      rightsChanged: () => {
        told += 1;
      },
    });
    const change = (): void => {
      store.tenants.setState(TENANT, 'REVOKED');
      publisher.toTenant(TENANT, { kind: EventKind.EVENT_KIND_TENANT_REVOKED });
      publisher.rightsChanged(TENANT);
    };
    expect(() => {
      store.transaction(() => {
        store.transaction(change);
        throw new Error('later');
      });
    }).toThrow('later');
    expect(store.tenants.get(TENANT)?.state).toBe('ACTIVE');
    expect(eventsOf(parts, gatewayId)).toEqual([]);
    expect(told).toBe(0);
    store.transaction(change);
    expect(told).toBe(2);
  });

  it('says that the disk is full, and is as it was before', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const { store } = parts;
    const pages = store.connection.pragma('page_count', { simple: true });
    store.connection.pragma(`max_page_count = ${String(pages)}`);
    const keys = Array.from({ length: 200 }, () => newKey(parts));
    await expectFailure(() => {
      commit(parts, (work) => {
        for (const key of keys) work.insert(key);
      });
    }, 'VAULT_DISK_FULL');
    expect(store.keys.count()).toBe(0);
    store.connection.pragma('max_page_count = 1000000');
    commit(parts, (work) => {
      for (const key of keys) work.insert(key);
    });
    expect(store.keys.count()).toBe(200);
  });

  it('notes who did what, in order', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    parts.addGateway();
    setTenantState(parts.administration, { tenantId: TENANT, state: 'SUSPENDED', dryRun: true });
    setTenantState(parts.administration, { tenantId: TENANT, state: 'SUSPENDED', dryRun: false });
    const rows = parts.store.audit.after(0, 100);
    expect(rows.map(({ operation, actor }) => [operation, actor])).toEqual([
      ['create tenant', 'administrator'],
      ['create service', 'administrator'],
      ['create gateway edge-1', 'administrator'],
      ['set tenant SUSPENDED', 'administrator'],
    ]);
    expect(parts.store.audit.after(rows[2]?.sequence ?? 0, 100)).toHaveLength(1);
  });
});
