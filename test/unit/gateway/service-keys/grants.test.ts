import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  GrantCache,
  GrantResult,
  GrantTerms,
  ServiceKeyState,
  type GrantAck,
  type ServiceKeyGrant,
} from '../../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { timestampOf } from '../../../../src/uplink-wire/index.ts';
import { openKeySide, type KeySide } from '../../../support/gateway/key-side.ts';
import { sealingKeyFile } from '../../../support/gateway/sealing-key-file.ts';
import { POLICY, SERVICE_KEY, TestCore } from '../../../support/gateway/test-core.ts';
import { openNative, openPure } from '../../../support/providers.ts';

const { GRANT_RESULT_LOADED, GRANT_RESULT_STALE } = GrantResult;

let side: KeySide;

beforeEach(async () => {
  side = await openKeySide(await openPure(), { settings: { sealingKey: sealingKeyFile() } });
  await side.handlers.enrolled(side.core.enrol(await side.handlers.enrollRequest()));
  side.link('linked');
});

async function loaded(): Promise<readonly string[]> {
  const { loaded: grants } = await side.handlers.hello();
  return grants.map(({ serviceKeyId, version }) => `${serviceKeyId}/${version}`);
}

async function expectRefused(
  grant: ServiceKeyGrant,
  result: keyof typeof GrantResult,
): Promise<void> {
  const ack = await side.handlers.grant(grant);
  expect(ack.result).toBe(GrantResult[result]);
  expect(ack.keyCheckValue).toHaveLength(0);
  expect(await loaded()).toEqual([]);
}

/** The grant with some of its terms changed and nothing signed anew. */
function altered(grant: ServiceKeyGrant, changes: Partial<GrantTerms>): ServiceKeyGrant {
  const terms = { ...GrantTerms.decode(grant.terms), ...changes };
  return { ...grant, terms: GrantTerms.encode(terms).finish() };
}

describe('a grant', () => {
  it.each([
    ['native', openNative],
    ['pure', openPure],
  ] as const)(
    'is opened by the %s provider, and the check value is that of the Core',
    async (_, open) => {
      side = await openKeySide(await open());
      await side.handlers.enrolled(side.core.enrol(await side.handlers.enrollRequest()));
      const ack = await side.handlers.grant(side.core.grant());
      expect(ack.result).toBe(GRANT_RESULT_LOADED);
      expect(Buffer.from(ack.keyCheckValue)).toEqual(
        Buffer.from(side.core.serviceKey().checkValue),
      );
      expect(await loaded()).toEqual([`${SERVICE_KEY}/1`]);
    },
  );

  it('that was altered anywhere is not loaded', async () => {
    const grant = side.core.grant();
    const sealedKey = grant.sealedKey ?? {
      scheme: 1,
      ephemeralPublic: new Uint8Array(),
      wrappedKey: new Uint8Array(),
    };
    const other = side.core.grant();
    for (const change of [
      altered(grant, { version: 2 }),
      altered(grant, { tenantId: 'other' }),
      altered(grant, { maxOfflineSeconds: 1_000_000 }),
      { ...grant, sealedKey: { ...sealedKey, wrappedKey: flipped(sealedKey.wrappedKey) } },
      { ...grant, sealedKey: other.sealedKey },
      { ...grant, coreSignature: flipped(grant.coreSignature) },
      { ...grant, coreSignature: new Uint8Array() },
      { ...grant, coreSignature: other.coreSignature },
    ]) {
      await expectRefused(change, 'GRANT_RESULT_BAD_SIGNATURE');
    }
  });

  it('that somebody else has signed is not loaded', async () => {
    const stranger = new TestCore(side.provider, side.clock);
    stranger.enrol(await side.handlers.enrollRequest());
    await expectRefused(stranger.grant(), 'GRANT_RESULT_BAD_SIGNATURE');
  });

  it('whose sealed key belongs to other terms is not loaded, even if all is signed', async () => {
    const { terms } = side.core.grant();
    const { sealedKey } = side.core.grant();
    if (sealedKey === undefined) throw new Error('no key');
    await expectRefused(side.core.signed(terms, sealedKey), 'GRANT_RESULT_BAD_ENVELOPE');
    const short = { ...sealedKey, wrappedKey: sealedKey.wrappedKey.subarray(8) };
    await expectRefused(side.core.signed(terms, short), 'GRANT_RESULT_BAD_ENVELOPE');
    const later = { ...sealedKey, scheme: 2 as const };
    await expectRefused(side.core.signed(terms, later), 'GRANT_RESULT_BAD_ENVELOPE');
  });

  it('for another Gateway, cluster or sealing key is not loaded', async () => {
    for (const changes of [
      { gatewayId: 'gateway-2' },
      { clusterId: 'cluster-2' },
      { recipientKeyId: new Uint8Array(32).fill(7) },
    ]) {
      await expectRefused(side.core.grant(changes), 'GRANT_RESULT_NOT_FOR_US');
    }
  });

  it('that has ended is not loaded', async () => {
    const notAfter = timestampOf(side.clock.now());
    await expectRefused(side.core.grant({ notAfter }), 'GRANT_RESULT_EXPIRED');
  });

  it('of an unknown algorithm is not loaded', async () => {
    await expectRefused(side.core.grant({ algorithm: 'DES' }), 'GRANT_RESULT_BAD_ENVELOPE');
  });

  it('of terms that cannot be read is refused and has no name', async () => {
    for (const terms of [new Uint8Array(), Buffer.from('ffff', 'hex'), new Uint8Array(5000)]) {
      const ack = await side.handlers.grant({ ...side.core.grant(), terms });
      expect(ack).toMatchObject({ grantId: '', result: GrantResult.GRANT_RESULT_BAD_ENVELOPE });
    }
  });

  it('of an older epoch is stale', async () => {
    side.core.epoch = 5n;
    await side.handlers.enrolled(side.core.enrol(await side.handlers.enrollRequest()));
    await expectRefused(side.core.grant({ epoch: 4n }), 'GRANT_RESULT_STALE');
  });

  it('that comes twice is acknowledged twice and renews nothing', async () => {
    const grant = side.core.grant();
    const first = await side.handlers.grant(grant);
    side.clock.pass(100_000);
    expect(await side.handlers.grant(grant)).toEqual(first);
    side.clock.pass(POLICY.leaseTtlSeconds * 1000 - 100_000);
    side.parts.cache.sweep();
    expect(await loaded()).toEqual([]);
  });

  it('that was replayed after a newer one, or after its lease has ended, is stale', async () => {
    const old = side.core.grant();
    const fresh = side.core.grant();
    expect((await side.handlers.grant(fresh)).result).toBe(GRANT_RESULT_LOADED);
    expect((await side.handlers.grant(old)).result).toBe(GRANT_RESULT_STALE);
    side.clock.pass(POLICY.leaseTtlSeconds * 1000);
    side.parts.cache.sweep();
    await expectRefused(fresh, 'GRANT_RESULT_STALE');
    await expectRefused(old, 'GRANT_RESULT_STALE');
  });

  it('of an older version unwraps only, in whatever order the versions come', async () => {
    await side.handlers.grant(side.core.grant({ version: 2 }));
    await side.handlers.grant(side.core.grant({ version: 1 }));
    expect((await side.create()).row.serviceKeyVersion).toBe(2);
  });

  it('that says the key is not to be used takes it away', async () => {
    await side.handlers.grant(side.core.grant());
    const state = ServiceKeyState.SERVICE_KEY_STATE_COMPROMISED;
    await side.handlers.grant(side.core.grant({ state }));
    expect(await loaded()).toEqual([]);
    side.clock.pass(1000);
    await expectRefused(side.core.grant(), 'GRANT_RESULT_STALE');
  });

  it('before any enrolment is for nobody', async () => {
    side = await openKeySide(await openPure());
    side.core.enrol(await side.handlers.enrollRequest());
    const ack: GrantAck = await side.handlers.grant(side.core.grant());
    expect(ack.result).toBe(GrantResult.GRANT_RESULT_NOT_FOR_US);
  });
});

describe('after a restart without the Core', () => {
  it('keys are made and read again, by grants that were kept sealed', async () => {
    await side.handlers.grant(side.core.grant());
    const { row } = await side.create();
    const bytes = await side.read(await side.find(row.uid));
    side.clock.pass(60_000);
    side = await side.restart();
    expect(side.calls.trust).toHaveLength(1);
    expect(await side.read(await side.find(row.uid))).toEqual(bytes);
    await side.create();
  });

  it('the time without the Core runs on from where the Core confirmed last', async () => {
    await side.handlers.grant(side.core.grant());
    side.clock.pass(200_000);
    side.handlers.heartbeatAck(heartbeat([{ serviceKeyId: SERVICE_KEY, version: 1 }]));
    await side.parts.grants.noteConfirmations();
    side.clock.pass(POLICY.maxOfflineSeconds * 1000 - 1000);
    side = await side.restart();
    const { row } = await side.create();
    side.clock.pass(1000);
    side.parts.cache.sweep();
    expect(await loaded()).toEqual([]);
    await expect(side.read(await side.find(row.uid))).rejects.toThrow('service key');
    side = await side.restart();
    expect(await loaded()).toEqual([]);
  });

  it('a clock that was set back keeps the keys away until the Core answers', async () => {
    await side.handlers.grant(side.core.grant());
    side.clock.pass(100_000);
    await side.parts.grants.noteConfirmations();
    side.clock.setWall(side.clock.now() - 31_000);
    side = await side.restart();
    expect(await loaded()).toEqual([]);
    expect(side.log.with('warn', 'kept service key grant not used').at(-1)).toContain('set back');
    // Within the tolerance it is no matter.
    side.clock.setWall(side.clock.now() + 2000);
    side = await side.restart();
    expect(await loaded()).toEqual([`${SERVICE_KEY}/1`]);
  });

  it('an expired grant is not used, whatever is left of the offline time', async () => {
    await side.handlers.grant(
      side.core.grant({ notAfter: timestampOf(side.clock.now() + 50_000) }),
    );
    side.clock.pass(50_000);
    side = await side.restart();
    expect(await loaded()).toEqual([]);
  });

  it('there are none where the policy keeps grants in memory, or the offline time is 0', async () => {
    for (const policy of [
      { ...POLICY, grantCache: GrantCache.GRANT_CACHE_MEMORY },
      { ...POLICY, maxOfflineSeconds: 0 },
    ]) {
      await side.handlers.governance(side.core.governance([policy]));
      await side.handlers.grant(side.core.grant());
      expect(await loaded()).toEqual([`${SERVICE_KEY}/1`]);
      side = await side.restart();
      expect(await loaded()).toEqual([]);
      side.link('linked');
    }
    expect((await side.vault.readStates('grant/')).size).toBe(0);
  });

  it('there are none of a service whose policy was changed meanwhile: they leave the disk at once', async () => {
    await side.handlers.grant(side.core.grant());
    expect((await side.vault.readStates('grant/')).size).toBe(1);
    const policy = { ...POLICY, grantCache: GrantCache.GRANT_CACHE_MEMORY };
    await side.handlers.governance(side.core.governance([policy]));
    await waitForStates('grant/', 0);
    await waitForStates('grant-confirmed/', 0);
  });

  it('there are none that were sealed to the key of the last start', async () => {
    await side.handlers.grant(side.core.grant({}, { ephemeral: true }));
    side = await side.restart();
    expect(await loaded()).toEqual([]);
  });

  it('there are none for what an event took away meanwhile, and no replay brings it back', async () => {
    const grant = side.core.grant();
    await side.handlers.grant(grant);
    const scope = { serviceKeyId: SERVICE_KEY, serviceKeyVersion: 1 };
    await side.handlers.event(side.core.event('EVENT_KIND_SERVICE_KEY_SUSPENDED', scope));
    side = await side.restart();
    expect(await loaded()).toEqual([]);
    await expectRefused(grant, 'GRANT_RESULT_STALE');
  });

  it('a kept grant that was exchanged in the vault is not opened', async () => {
    await side.handlers.grant(side.core.grant());
    const [[name, bytes] = ['', new Uint8Array()]] = await side.vault.readStates('grant/');
    await side.vault.commit({ states: new Map([[name, flipped(bytes)]]) });
    side = await side.restart();
    expect(await loaded()).toEqual([]);
  });
});

describe('leases', () => {
  beforeEach(async () => {
    await side.handlers.grant(side.core.grant());
  });

  it('end when the Core answers and does not renew', async () => {
    const { row } = await side.create();
    side.clock.pass(POLICY.leaseTtlSeconds * 1000 - 1);
    side.handlers.heartbeatAck(heartbeat([]));
    await side.read(await side.find(row.uid));
    side.clock.pass(1);
    await expect(side.read(await side.find(row.uid))).rejects.toThrow('service key lease ended');
    expect(side.log.with('warn', 'service key wiped')).toHaveLength(1);
  });

  it('go on as long as they are renewed', async () => {
    for (let beat = 0; beat < 100; beat += 1) {
      side.clock.pass(10_000);
      side.handlers.heartbeatAck(heartbeat([{ serviceKeyId: SERVICE_KEY, version: 1 }]));
    }
    await side.create();
  });

  it('outlive a cut for max_offline, with warnings at 50, 80 and 95 percent, and end then', async () => {
    side.link('cut');
    const warnings = (): readonly string[] => side.log.with('warn', 'the core is unreachable');
    const counts: number[] = [];
    for (const share of [0.49, 0.01, 0.29, 0.01, 0.14, 0.01, 0.049]) {
      side.clock.pass(share * POLICY.maxOfflineSeconds * 1000);
      side.parts.cache.sweep();
      counts.push(warnings().length);
    }
    expect(counts).toEqual([0, 1, 1, 2, 2, 3, 3]);
    await side.create();
    side.clock.pass(0.001 * POLICY.maxOfflineSeconds * 1000);
    side.parts.cache.sweep();
    expect(await loaded()).toEqual([]);
    await expect(side.create()).rejects.toThrow('service key lease ended');
  });

  it('live through a cut and the first heartbeats after it', async () => {
    side.link('cut');
    side.clock.pass(1_000_000);
    side.link('linked');
    side.parts.cache.sweep();
    side.clock.pass(10_000);
    side.handlers.heartbeatAck(heartbeat([{ serviceKeyId: SERVICE_KEY, version: 1 }]));
    side.clock.pass(POLICY.leaseTtlSeconds * 1000 - 1);
    await side.create();
  });

  it('of a strict service end with the link', async () => {
    await side.handlers.governance(side.core.governance([{ ...POLICY, maxOfflineSeconds: 0 }]));
    await side.create();
    side.link('cut');
    expect(await loaded()).toEqual([]);
  });

  it('do not care about the wall clock while the process runs', async () => {
    side.clock.setWall(side.clock.now() - 1_000_000_000);
    side.parts.cache.sweep();
    await side.create();
  });

  it('ask for a missing key once in a while, and only while somebody answers', async () => {
    side.clock.pass(POLICY.leaseTtlSeconds * 1000);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expect(side.create()).rejects.toThrow('service key');
    }
    expect(new Set(side.calls.requested).size).toBe(side.calls.requested.length);
    const asked = side.calls.requested.length;
    side.clock.pass(5000);
    await expect(side.create()).rejects.toThrow('service key');
    expect(side.calls.requested.length).toBeGreaterThan(asked);
    side.link('cut');
    side.clock.pass(5000);
    const before = side.calls.requested.length;
    await expect(side.create()).rejects.toThrow('service key');
    expect(side.calls.requested).toHaveLength(before);
  });
});

function heartbeat(
  renewed: readonly { readonly serviceKeyId: string; readonly version: number }[],
): Parameters<KeySide['handlers']['heartbeatAck']>[0] {
  return {
    sequence: 1n,
    serverTime: timestampOf(side.clock.now()),
    renewed: [...renewed],
    governanceVersion: 1n,
  };
}

async function waitForStates(prefix: string, count: number): Promise<void> {
  await vi.waitFor(async () => {
    expect((await side.vault.readStates(prefix)).size).toBe(count);
  });
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = copy.length - 1;
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
