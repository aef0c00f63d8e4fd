import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  GrantCache,
  ServiceKeyState,
  type ServicePolicy,
} from '../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { nameAttribute } from '../../src/kmip/attributes/build.ts';
import { operations, type KmipClient, type KeyObject } from '../../src/kmip-client/index.ts';
import { REVOCATION_REASON_CODE, STATE } from '../../src/kmip/tables/enumerations.ts';
import { CORE_ADMIN } from '../../src/uplink-wire/index.ts';
import {
  AES256,
  ENCRYPT_DECRYPT,
  Krypton,
  PAYMENTS,
  TENANT,
  stopEverything,
} from './support/krypton.ts';
import { refusalIn, refusalOf } from './support/krypton-refusal.ts';
import { eventually } from './support/krypton-wait.ts';

/** Its keys are not active from birth, and the Core is not waited for as long. */
const ARCHIVE = { tenant: TENANT, service: 'archive', policy: { tunnelTimeoutMs: 500 } };
/** Its service key is never on the disk. */
const MEMORY = {
  ...{ tenant: TENANT, service: 'memory' },
  policy: { activateOnCreate: true, grantCache: GrantCache.GRANT_CACHE_MEMORY },
};

const DAY_MS = 24 * 3600 * 1000;
const REVOKE = { reason: REVOCATION_REASON_CODE.cessationOfOperation };

describe('a Gateway whose link to the Core fails', () => {
  let krypton: Krypton;
  beforeAll(async () => {
    krypton = await Krypton.start({ services: [PAYMENTS, ARCHIVE, MEMORY] });
  }, 60_000);
  beforeEach(async () => {
    // Each cut makes the Gateway wait longer before it dials again; one that was just started dials at once.
    krypton.link.restore();
    await krypton.gateway.crash();
    await krypton.gateway.whenLinked(3);
    await krypton.gateway.whenDrained();
  });
  afterEach(async () => {
    await krypton.disconnect();
  });
  afterAll(stopEverything);

  /** A key that the Core knows of. */
  async function settledKey(client: KmipClient): Promise<KeyObject> {
    const key = await client.createAndGet(AES256);
    await krypton.gateway.whenDrained();
    return key;
  }

  /** Changes a service's policy, and waits until the Gateway has it. */
  async function setPolicy(service: string, policy: Partial<ServicePolicy>): Promise<void> {
    const { governanceVersion } = await krypton.gateway.status();
    await krypton.core.setPolicy({ tenant: TENANT, service, policy });
    await krypton.gateway.whenStatus(
      'the new policy',
      (status) => status.governanceVersion > governanceVersion,
    );
  }

  it('goes on making and giving keys and what is known of them, and says for how long', async () => {
    const client = await krypton.connect();
    const known = await settledKey(client);
    await krypton.cut();
    expect((await client.get(known.uid)).material).toEqual(known.material);
    const made = await client.createAndGet({ ...AES256, names: ['made while cut'] });
    expect((await client.get(made.uid)).material).toEqual(made.material);
    const attributes = await client.getAttributes(made.uid, ['State']);
    expect(attributes.enumeration('State')).toBe(STATE.active);
    expect(await client.getAttributeList(made.uid)).toContain('Cryptographic Usage Mask');
    expect(await client.locate({ filters: [nameAttribute('made while cut')] })).toMatchObject({
      uids: [made.uid],
    });
    const use = { cryptographicUsageMask: ENCRYPT_DECRYPT };
    expect(await client.check(made.uid, use)).toMatchObject({ uid: made.uid });
    // No change, so nobody need be asked.
    await client.activate(made.uid);
    // A new connection as well: who may come is known here.
    const other = await krypton.connect({ version: 10 });
    expect((await other.get(known.uid)).material).toEqual(known.material);

    const status = await krypton.gateway.status();
    expect(status).toMatchObject({ ready: true, link: { state: 'cut' }, outbox: { depth: 1n } });
    expect(status.notices[0]).toMatch(/^core unreachable: keys are served for \d+ s more$/);
    expect(status.offlineLeftMs).toBeGreaterThan(DAY_MS - 60_000);
    expect(status.offlineLeftMs).toBeLessThan(DAY_MS);
  });

  it('fails what the Core would have to decide, at once, with a fixed text, and nothing else of a batch', async () => {
    const client = await krypton.connect({ version: 14 });
    const { uid } = await settledKey(client);
    const archive = await krypton.connect({ service: 'archive' });
    const inactive = await archive.create(AES256);
    await krypton.cut();
    const material = Buffer.alloc(32, 1);
    const attempts: readonly (() => Promise<unknown>)[] = [
      () => client.destroy(uid),
      () => client.revoke(uid, REVOKE),
      () => client.register({ kind: 'symmetric-key', material, usageMask: ENCRYPT_DECRYPT }),
      () => archive.activate(inactive.uid),
    ];
    for (const attempt of attempts) {
      const from = performance.now();
      const refusal = await refusalOf(attempt());
      expect(performance.now() - from).toBeLessThan(100);
      expect(refusal).toEqual({ reason: 'general failure', text: 'core unreachable' });
    }
    expect((await refusalOf(client.get('8d7e4f7e-0000-4000-8000-000000000000'))).reason).toBe(
      'item not found',
    );
    const [created, destroyed, got] = await client.request(
      [operations.create(AES256), operations.destroy(undefined), operations.get(uid)],
      { errorContinuation: 'continue' },
    );
    expect(created.ok).toBe(true);
    expect(destroyed.ok ? undefined : refusalIn(destroyed.error).text).toBe('core unreachable');
    expect(got.ok).toBe(true);
  });

  it('tells the Core of everything that was made meanwhile, once it is back', async () => {
    const client = await krypton.connect();
    await krypton.cut();
    const made = await Promise.all(Array.from({ length: 30 }, () => client.create(AES256)));
    expect(await krypton.gateway.status()).toMatchObject({ outbox: { depth: 30n } });
    await krypton.restore();
    await krypton.gateway.whenDrained();
    for (const { uid } of made) {
      expect(await krypton.core.key(TENANT, uid)).toMatchObject({ offline: true, escrowed: true });
    }
    // And the Core can decide about them.
    const [first] = made;
    await client.revoke(first?.uid ?? '', REVOKE);
    expect(await krypton.core.key(TENANT, first?.uid ?? '')).toMatchObject({
      state: STATE.deactivated,
    });
  });

  it('enforces a revocation of the meantime before it does anything else with the Core', async () => {
    const client = await krypton.connect();
    const { uid } = await settledKey(client);
    await krypton.cut();
    await krypton.core.setKey(TENANT, uid, 'compromise');
    const { gateways } = await krypton.core.status();
    expect(gateways[0]).toMatchObject({ connected: false, unacknowledged: 1n });
    expect(gateways[0]?.worstCase).toBeDefined();
    expect((await client.get(uid)).uid).toBe(uid);
    krypton.link.restore();
    // The link counts as one only when the restrictions are applied: what is given after that must not be this key.
    await krypton.gateway.whenLinked();
    expect((await refusalOf(client.get(uid))).text).toBe('the object is compromised');
    await eventually('the acknowledgement', async () => {
      const [gateway] = (await krypton.core.status()).gateways;
      return gateway?.unacknowledged === 0n ? true : undefined;
    });
  });

  it('serves again after a crash while it is cut off, from grants that it has kept sealed', async () => {
    const { gateway } = krypton;
    const before = await krypton.connect();
    const known = await settledKey(before);
    const memory = await settledKey(await krypton.connect({ service: 'memory' }));
    await krypton.disconnect();
    await krypton.cut();
    await gateway.crash();
    const client = await krypton.connect();
    expect((await client.get(known.uid)).material).toEqual(known.material);
    const made = await client.createAndGet(AES256);
    expect((await client.get(made.uid)).material).toEqual(made.material);
    expect((await refusalOf(client.destroy(made.uid))).text).toBe('core unreachable');
    expect(await gateway.status()).toMatchObject({ ready: true });

    const volatile = await krypton.connect({ service: 'memory', version: 14 });
    const ended = { reason: 'general failure', text: 'service key lease ended' };
    expect(await refusalOf(volatile.get(memory.uid))).toEqual(ended);
    expect(await refusalOf(volatile.create(AES256))).toEqual(ended);
    // What is known of the key needs no service key.
    const attributes = await volatile.getAttributes(memory.uid, ['State']);
    expect(attributes.enumeration('State')).toBe(STATE.active);

    await krypton.restore();
    expect((await volatile.get(memory.uid)).material).toEqual(memory.material);
    await volatile.create(AES256);
    await gateway.whenDrained();
    expect(await krypton.core.key(TENANT, made.uid)).toMatchObject({ offline: true });
  });

  it('gives its service keys up when the time without the Core is over, and recovers by itself', async () => {
    const { gateway } = krypton;
    await setPolicy('payments', { activateOnCreate: true, maxOfflineSeconds: 1 });
    const client = await krypton.connect({ version: 20 });
    const known = await settledKey(client);
    await krypton.cut();
    const ended = { reason: 'protection storage unavailable', text: 'service key lease ended' };
    const refusal = await eventually('the end', async () => await refusalOf(client.get(known.uid)));
    expect(refusal).toEqual(ended);
    expect(await refusalOf(client.create(AES256))).toEqual(ended);
    await gateway.whenStatus('a wiped key', ({ serviceKeys }) =>
      serviceKeys.every(({ serviceId }) => serviceId !== 'payments'),
    );
    // Not even a crash brings it back.
    await krypton.disconnect();
    await gateway.crash();
    const again = await krypton.connect({ version: 20 });
    expect(await refusalOf(again.get(known.uid))).toEqual(ended);
    await krypton.restore();
    expect((await again.get(known.uid)).material).toEqual(known.material);
    await again.create(AES256);
    await setPolicy('payments', { activateOnCreate: true });
    await gateway.whenStatus('a longer grant', ({ serviceKeys }) =>
      serviceKeys.some((key) => key.serviceId === 'payments' && key.leftOfflineMs > 60_000n),
    );
  });

  it('keeps nothing for a service that may not be served without the Core', async () => {
    await setPolicy('memory', { ...MEMORY.policy, maxOfflineSeconds: 0 });
    const client = await krypton.connect({ service: 'memory' });
    const { uid } = await settledKey(client);
    await krypton.cut();
    expect((await refusalOf(client.get(uid))).text).toBe('service key lease ended');
    await krypton.restore();
    expect((await client.get(uid)).uid).toBe(uid);
    await setPolicy('memory', MEMORY.policy);
  });

  it('does not wait for a Core that does not answer, where it can decide itself', async () => {
    const client = await krypton.connect();
    const known = await settledKey(client);
    const archive = await krypton.connect({ service: 'archive' });
    const { uid } = await settledKey(archive);
    krypton.link.blackhole();
    const from = performance.now();
    expect((await client.get(known.uid)).material).toEqual(known.material);
    await client.create(AES256);
    expect(performance.now() - from).toBeLessThan(200);
    // It was sent, so nobody here knows what became of it.
    const refusal = await refusalOf(archive.activate(uid));
    expect(refusal).toEqual({ reason: 'general failure', text: 'outcome unknown' });
    krypton.link.restore();
    krypton.link.reset();
    await krypton.restore();
    await archive.activate(uid);
  });

  it('is as fast as ever, where it can decide itself, over a slow link', async () => {
    const client = await krypton.connect();
    const { uid } = await settledKey(client);
    krypton.link.delay(150);
    const times: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const from = performance.now();
      await client.get(uid);
      times.push(performance.now() - from);
    }
    expect(times.sort((left, right) => left - right)[10]).toBeLessThan(50);
    const from = performance.now();
    await client.revoke(uid, REVOKE);
    expect(performance.now() - from).toBeGreaterThan(250);
    krypton.link.restore();
  });

  it('agrees with the Core about every key after connections that broke in the middle', async () => {
    const client = await krypton.connect({ service: 'archive' });
    const made = await Promise.all(Array.from({ length: 25 }, () => client.create(AES256)));
    await krypton.gateway.whenDrained();
    const outcomes: string[] = [];
    for (const [index, { uid }] of made.entries()) {
      // Side by side with the request: before, amid or after it.
      if (index % 10 === 4)
        setImmediate(() => {
          krypton.link.reset();
        });
      if (index === 9) krypton.link.corrupt();
      const outcome = await client.request([operations.activate(uid)]);
      outcomes.push(outcome[0].ok ? 'done' : refusalIn(outcome[0].error).text);
      if (!outcome[0].ok) await krypton.restore();
    }
    expect(new Set(outcomes)).toContain('done');
    for (const outcome of outcomes) {
      expect(['done', 'core unreachable', 'outcome unknown']).toContain(outcome);
    }
    await krypton.restore();
    for (const [index, { uid }] of made.entries()) {
      const { state } = await krypton.core.key(TENANT, uid);
      if (outcomes[index] === 'done') expect(state).toBe(STATE.active);
      if (outcomes[index] === 'core unreachable') expect(state).toBe(STATE.preActive);
      await eventually('the same state on both sides', async () => {
        const attributes = await client.getAttributes(uid, ['State']);
        return attributes.enumeration('State') === state ? true : undefined;
      });
    }
  });

  it('goes on with a Core that was killed and started again, without losing what either has said', async () => {
    const { core, gateway } = krypton;
    const client = await krypton.connect();
    const known = await settledKey(client);
    const { epoch } = await gateway.status();
    const made: string[] = [];
    const making = (async () => {
      for (let round = 0; round < 60; round += 1) made.push((await client.create(AES256)).uid);
    })();
    await core.kill();
    await making;
    await gateway.whenCut();
    expect((await client.get(known.uid)).material).toEqual(known.material);
    await core.start();
    await gateway.whenLinked(3);
    expect((await gateway.status()).epoch).toBe(epoch + 1n);
    await gateway.whenDrained();
    const uids = await core.keys(TENANT);
    expect([known.uid, ...made].filter((uid) => !uids.has(uid))).toEqual([]);
    await client.revoke(known.uid, REVOKE);
    expect(await gateway.status()).toMatchObject({ vault: { quarantined: 0n } });
  });

  it('stops serving a tenant that was suspended meanwhile, before it counts as linked', async () => {
    const { core, gateway, link } = krypton;
    const client = await krypton.connect();
    const known = await settledKey(client);
    await krypton.cut();
    await core.setTenant(TENANT, 'SUSPENDED');
    expect((await client.get(known.uid)).material).toEqual(known.material);
    link.restore();
    await gateway.whenStatus('a link', (status) => status.link?.state === 'linked');
    await expect(client.get(known.uid)).rejects.toMatchObject({
      code: expect.stringMatching(/^KMIP_(FAILED|UNREACHABLE)$/) as string,
    });
    await core.setTenant(TENANT, 'ACTIVE');
    await gateway.whenLinked(3);
    const again = await krypton.connect();
    expect((await again.get(known.uid)).material).toEqual(known.material);
  });

  it('hands keys over that it made under a version that was rotated meanwhile, and gives up those under one that was compromised', async () => {
    const { core, gateway } = krypton;
    const scope = { tenantId: TENANT, serviceId: 'archive' };
    const client = await krypton.connect({ service: 'archive' });
    const wrapsUnder = (version: number) =>
      gateway.whenStatus(`version ${version}`, ({ serviceKeys }) =>
        serviceKeys.some(
          (key) => key.serviceId === 'archive' && key.version === version && key.wraps,
        ),
      );
    await krypton.cut();
    const early = await client.createAndGet(AES256);
    await core.admin(CORE_ADMIN.rotateServiceKey, scope);
    await krypton.restore();
    await gateway.whenDrained();
    expect(await core.key(TENANT, early.uid)).toMatchObject({ serviceKeyVersion: 1 });
    await wrapsUnder(2);
    expect((await client.get(early.uid)).material).toEqual(early.material);

    await krypton.cut();
    const late = await client.createAndGet(AES256);
    await core.admin(CORE_ADMIN.setServiceKeyState, {
      ...{ ...scope, version: 2, dryRun: false },
      state: ServiceKeyState.SERVICE_KEY_STATE_COMPROMISED,
    });
    krypton.link.restore();
    await gateway.whenStatus('a link', ({ link }) => link?.state === 'linked');
    expect((await refusalOf(client.create(AES256))).text).toBe('service key compromised');
    await gateway.whenDrained();
    // The Core would not have it, so nobody gets it any more.
    expect(await gateway.status()).toMatchObject({ vault: { quarantined: 1n } });
    await expect(core.key(TENANT, late.uid)).rejects.toMatchObject({ code: 'CORE_KEY_UNKNOWN' });
    expect((await refusalOf(client.get(late.uid))).text).toBe('the key is quarantined');
    await core.admin(CORE_ADMIN.rotateServiceKey, scope);
    await wrapsUnder(3);
    await client.create(AES256);
    expect((await client.get(early.uid)).material).toEqual(early.material);
  });
});
