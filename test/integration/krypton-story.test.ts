import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../src/sqlite/index.ts';
import { ServiceKeyState } from '../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { nameAttribute } from '../../src/kmip/attributes/build.ts';
import { operations, type KmipClient } from '../../src/kmip-client/index.ts';
import { REVOCATION_REASON_CODE, STATE } from '../../src/kmip/tables/enumerations.ts';
import type { KmipVersion } from '../../src/kmip/version.ts';
import { CORE_ADMIN } from '../../src/uplink-wire/index.ts';
import { VAULT_FILE } from '../../src/vault/index.ts';
import {
  AES256,
  ENCRYPT_DECRYPT,
  Krypton,
  PAYMENTS,
  TENANT,
  stopEverything,
} from './support/krypton.ts';
import { refusalOf } from './support/krypton-refusal.ts';
import { eventually } from './support/krypton-wait.ts';

/** Keys of its clients are not active from birth, and not given once they are deactivated. */
const ARCHIVE = { tenant: TENANT, service: 'archive', policy: { getDeactivated: false } };
const GLOBEX = { tenant: 'globex', service: 'orders' };
const VERSIONS: readonly KmipVersion[] = [10, 11, 12, 13, 14, 20, 21];

describe('a Gateway that is linked with its Core', () => {
  let krypton: Krypton;
  beforeAll(async () => {
    krypton = await Krypton.start({ services: [PAYMENTS, ARCHIVE, GLOBEX] });
  }, 60_000);
  afterEach(async () => {
    await krypton.disconnect();
  });
  afterAll(stopEverything);

  /** Waits for a state that the Core has pushed. */
  async function stateIs(client: KmipClient, uid: string, state: number): Promise<void> {
    await eventually(`state ${state}`, async () => {
      const attributes = await client.getAttributes(uid, ['State']);
      return attributes.enumeration('State') === state ? true : undefined;
    });
  }

  it.each(VERSIONS)(
    'makes and gives a key in one message, and again, in version %d',
    async (version) => {
      const client = await krypton.connect({ version });
      const name = `made in ${version}`;
      const key = await client.createAndGet({ ...AES256, names: [name] });
      expect(key).toMatchObject({ objectType: 2, keyFormatType: 1, algorithm: 3, length: 256 });
      expect(key.uid).toMatch(/^[0-9a-f-]{36}$/);
      expect(key.material).toHaveLength(32);
      expect((await client.get(key.uid)).material).toEqual(key.material);
      const attributes = await client.getAttributes(key.uid);
      expect(attributes.enumeration('State')).toBe(STATE.active);
      expect(attributes.integer('Cryptographic Length')).toBe(256);
      expect(attributes.get('Name')).toEqual(nameAttribute(name).value);
      expect(await client.getAttributeList(key.uid)).toEqual(
        expect.arrayContaining(['State', 'Name']),
      );
      const { uids } = await client.locate({ filters: [nameAttribute(name)] });
      expect(uids).toEqual([key.uid]);
    },
  );

  it.each(VERSIONS)('takes a key through its whole life in version %d', async (version) => {
    const client = await krypton.connect({ service: 'archive', version });
    const { uid } = await client.create(AES256);
    await stateIs(client, uid, STATE.preActive);
    await client.activate(uid);
    // No waiting: what the Core has decided is in the vault before its answer is passed on.
    const active = await client.getAttributes(uid, ['State']);
    expect(active.enumeration('State')).toBe(STATE.active);
    const early = await refusalOf(client.destroy(uid));
    expect(early.reason).toBe(version < 20 ? 'permission denied' : 'wrong key lifecycle state');
    await client.revoke(uid, { reason: REVOCATION_REASON_CODE.superseded, message: 'end of life' });
    const late = await refusalOf(client.get(uid));
    expect(late).toEqual({
      reason: version < 20 ? 'permission denied' : 'wrong key lifecycle state',
      text: 'the object is deactivated',
    });
    await client.destroy(uid);
    const gone = await refusalOf(client.get(uid));
    expect(gone.reason).toBe(version < 20 ? 'item not found' : 'object destroyed');
    const destroyed = await client.getAttributes(uid, ['State']);
    expect(destroyed.enumeration('State')).toBe(STATE.destroyed);
  });

  it.each(VERSIONS)(
    'registers a key with the Core and gives it from here in version %d',
    async (version) => {
      const client = await krypton.connect({ version });
      const material = Buffer.alloc(32, version);
      const uid = await client.register({
        kind: 'symmetric-key',
        material,
        usageMask: ENCRYPT_DECRYPT,
      });
      await client.activate(uid);
      expect(Buffer.from((await client.get(uid)).material)).toEqual(material);
      expect(await krypton.core.key(TENANT, uid)).toMatchObject({
        state: STATE.active,
        escrowed: true,
      });
      krypton.link.blackhole();
      try {
        // The Core cannot be asked now: it is served from the vault.
        expect(Buffer.from((await client.get(uid)).material)).toEqual(material);
      } finally {
        krypton.link.restore();
      }
    },
  );

  it('keeps the key wrapped, in a row of its own, and tells the Core of it', async () => {
    const client = await krypton.connect();
    const { uid, material } = await client.createAndGet(AES256);
    const database = connect(join(krypton.gateway.vaultDirectory, VAULT_FILE), {
      ...{ readonly: true, busyTimeoutMs: 1000 },
    });
    const row = database.prepare('SELECT wrapped FROM keys WHERE uid = ?').get(uid);
    database.close();
    const { wrapped } = row as { readonly wrapped: Buffer };
    // AES key wrap of 32 bytes (RFC 3394): one block of eight more.
    expect(wrapped).toHaveLength(40);
    expect(wrapped.includes(Buffer.from(material))).toBe(false);
    await krypton.gateway.whenDrained();
    expect(await krypton.core.key(TENANT, uid)).toMatchObject({
      offline: false,
      escrowed: true,
      creator: 'spiffe://acme.test/payments/app',
    });
  });

  it('answers each item of a batch, whether it is done here or by the Core, in order', async () => {
    const client = await krypton.connect({ version: 14 });
    const [created, got, attributes, revoked, destroyed, gone] = await client.request(
      [
        operations.create(AES256),
        operations.get(undefined),
        operations.getAttributes(undefined, ['State']),
        operations.revoke(undefined, { reason: REVOCATION_REASON_CODE.cessationOfOperation }),
        operations.destroy(undefined),
        operations.get(undefined),
      ],
      { errorContinuation: 'continue' },
    );
    expect([created.ok, got.ok, attributes.ok, revoked.ok, destroyed.ok, gone.ok]).toEqual([
      ...[true, true, true, true, true],
      false,
    ]);
    if (created.ok && destroyed.ok) expect(destroyed.result).toBe(created.result.uid);
  });

  it('refuses a revoked key at once: what the Core says is not long on its way', async () => {
    const client = await krypton.connect();
    const times: number[] = [];
    for (let round = 0; round < 50; round += 1) {
      const { uid } = await client.create(AES256);
      await krypton.gateway.whenDrained();
      const from = performance.now();
      const revoked = krypton.core.setKey(TENANT, uid, 'compromise');
      const { text } = await eventually('a refusal', async () => {
        const outcome = await client.request([operations.get(uid)]);
        return outcome[0].ok ? undefined : await refusalOf(Promise.reject(outcome[0].error));
      });
      times.push(performance.now() - from);
      expect(text).toBe('the object is compromised');
      await revoked;
    }
    times.sort((left, right) => left - right);
    const at = (share: number): number => times[Math.floor(share * (times.length - 1))] ?? NaN;
    console.log(
      `revocation to denial: p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms`,
    );
    expect(at(1)).toBeLessThan(1000);
  });

  it('takes a key out of use and back again, and never back from destruction', async () => {
    const client = await krypton.connect();
    const { uid, material } = await client.createAndGet(AES256);
    await krypton.gateway.whenDrained();
    await krypton.core.setKey(TENANT, uid, 'suspend');
    const suspended = await eventually('a refusal', async () => await refusalOf(client.get(uid)));
    expect(suspended.text).toBe('the object is suspended');
    await krypton.core.setKey(TENANT, uid, 'resume');
    const again = await eventually('the key', async () => await client.get(uid));
    expect(again.material).toEqual(material);
    await krypton.core.setKey(TENANT, uid, 'deactivate');
    await stateIs(client, uid, STATE.deactivated);
    expect((await client.get(uid)).material).toEqual(material);
    await krypton.core.setKey(TENANT, uid, 'destroy');
    await stateIs(client, uid, STATE.destroyed);
    await krypton.disconnect();
    await krypton.gateway.crash();
    await krypton.gateway.whenLinked(3);
    const after = await krypton.connect();
    expect((await refusalOf(after.get(uid))).text).toBe('the object is destroyed');
    await expect(krypton.core.setKey(TENANT, uid, 'resume')).rejects.toMatchObject({
      code: 'KEY_STATE_REFUSED',
    });
  });

  it('wraps new keys under a new version of the service key, and reads old ones under the old', async () => {
    const { core, gateway } = krypton;
    const scope = { tenantId: TENANT, serviceId: 'archive' };
    const client = await krypton.connect({ service: 'archive' });
    const old = await client.createAndGet(AES256);
    await core.admin(CORE_ADMIN.rotateServiceKey, scope);
    await gateway.whenStatus('version 2', ({ serviceKeys }) =>
      serviceKeys.some((key) => key.serviceId === 'archive' && key.version === 2 && key.wraps),
    );
    const fresh = await client.createAndGet(AES256);
    expect((await client.get(old.uid)).material).toEqual(old.material);
    await gateway.whenDrained();
    expect(await core.key(TENANT, old.uid)).toMatchObject({ serviceKeyVersion: 1 });
    expect(await core.key(TENANT, fresh.uid)).toMatchObject({ serviceKeyVersion: 2 });
    await core.admin(CORE_ADMIN.setServiceKeyState, {
      ...{ ...scope, version: 1, dryRun: false },
      state: ServiceKeyState.SERVICE_KEY_STATE_COMPROMISED,
    });
    const refusal = await eventually('a refusal', async () => await refusalOf(client.get(old.uid)));
    expect(refusal).toEqual({
      reason: 'protection storage unavailable',
      text: 'service key compromised',
    });
    expect((await client.get(fresh.uid)).material).toEqual(fresh.material);
  });

  it('reads at a second Gateway what the first one made, also when the Core is gone afterwards', async () => {
    const second = await krypton.addGateway('gateway-2');
    const client = await krypton.connect();
    const { uid, material } = await client.createAndGet(AES256);
    await krypton.gateway.whenDrained();
    const there = await krypton.connect({ gateway: second });
    expect((await there.get(uid)).material).toEqual(material);
    krypton.link.cut();
    try {
      await second.whenCut();
      expect((await there.get(uid)).material).toEqual(material);
    } finally {
      krypton.link.restore();
    }
    await second.whenLinked(3);
    await krypton.gateway.whenLinked(3);
    await krypton.core.setKey(TENANT, uid, 'compromise');
    await eventually('a refusal', async () => await refusalOf(there.get(uid)));
    await eventually('a refusal', async () => await refusalOf(client.get(uid)));
  });
});
