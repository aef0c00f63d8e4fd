import { beforeEach, describe, expect, it } from 'vitest';
import { timestampOf } from '../../../../src/uplink-wire/index.ts';
import { expectFailure } from '../../../support/failures.ts';
import { openKeySide, type KeySide } from '../../../support/gateway/key-side.ts';
import { POLICY, TestCore } from '../../../support/gateway/test-core.ts';
import { openPure } from '../../../support/providers.ts';

let side: KeySide;

beforeEach(async () => {
  side = await openKeySide(await openPure());
  await side.join();
});

describe('governance', () => {
  it('decides who is served and how, at once, and tells the listener whom to trust', async () => {
    expect(side.calls.trust.map(({ tenantId }) => tenantId)).toEqual(['acme']);
    await side.handlers.governance(side.core.governance([{ ...POLICY, tunnelTimeoutMs: 77 }]));
    expect(side.keys.policy(side.client).tunnelTimeoutMs).toBe(77);
    await side.handlers.governance(side.core.governance([], { clientTrust: [] }));
    expect(() => side.keys.policy(side.client)).toThrow('the service is not served here');
    expect(side.calls.trust).toEqual([]);
    expect((await side.handlers.hello()).loaded).toEqual([]);
  });

  it('is kept for a restart without the Core', async () => {
    await side.handlers.governance(side.core.governance([{ ...POLICY, tunnelTimeoutMs: 77 }]));
    side = await side.restart();
    expect(side.keys.policy(side.client).tunnelTimeoutMs).toBe(77);
    expect(side.calls.trust.map(({ tenantId }) => tenantId)).toEqual(['acme']);
  });

  it('is not taken with a wrong signature, from a stranger, or for another Gateway', async () => {
    const signed = side.core.governance();
    const stranger = new TestCore(side.provider, side.clock);
    const damaged = Uint8Array.from(signed.governance);
    damaged[10] = (damaged[10] ?? 0) ^ 1;
    for (const candidate of [
      { ...signed, governance: damaged },
      { ...signed, signature: new Uint8Array() },
      { governance: stranger.governance().governance, signature: signed.signature },
      side.core.governance([POLICY], { gatewayId: 'gateway-2' }),
      side.core.governance([POLICY], { clusterId: 'cluster-2' }),
      {
        governance: Buffer.from('ffff', 'hex'),
        signature: side.core.sign(Buffer.from('ffff', 'hex')),
      },
      { governance: new Uint8Array(3 << 20), signature: new Uint8Array() },
    ]) {
      await expectFailure(() => side.handlers.governance(candidate), 'GOVERNANCE_REFUSED');
    }
    expect(side.keys.policy(side.client)).toEqual(POLICY);
  });

  it('never goes back to an older version, nor to an earlier issue of the same one', async () => {
    const old = side.core.governance([{ ...POLICY, maxOfflineSeconds: 999_999 }]);
    await side.handlers.governance(side.core.governance());
    await expectFailure(() => side.handlers.governance(old), 'GOVERNANCE_REFUSED');
    const version = 50n;
    const issued = (offset: number): ReturnType<TestCore['governance']> =>
      side.core.governance([POLICY], {
        version,
        issuedAt: timestampOf(side.clock.now() + offset),
      });
    const earlier = issued(0);
    const later = issued(1000);
    await side.handlers.governance(later);
    await side.handlers.governance(later);
    await expectFailure(() => side.handlers.governance(earlier), 'GOVERNANCE_REFUSED');
    side = await side.restart();
    await expectFailure(() => side.handlers.governance(earlier), 'GOVERNANCE_REFUSED');
  });

  it('that was edited in the vault is passed over, and nobody is served by it', async () => {
    const bytes = await side.vault.readState('governance');
    const copy = Uint8Array.from(bytes ?? []);
    copy[20] = (copy[20] ?? 0) ^ 1;
    await side.vault.commit({ states: new Map([['governance', copy]]) });
    side = await side.restart();
    expect(() => side.keys.policy(side.client)).toThrow('not served');
    expect(side.log.with('error', 'kept governance refused')).toHaveLength(1);
  });
});

describe('enrolment', () => {
  it('offers a sealing key, the vault and what runs here', async () => {
    const request = await side.handlers.enrollRequest();
    expect(request).toMatchObject({ gatewayName: 'gateway-1', vaultGeneration: 1n });
    expect(request.sealingKeys.map(({ bootEphemeral }) => bootEphemeral)).toEqual([true]);
    expect(request.software?.kmipVersions).toEqual([
      '2.1',
      '2.0',
      '1.4',
      '1.3',
      '1.2',
      '1.1',
      '1.0',
    ]);
    expect(request.lastCore).toMatchObject({ clusterId: 'cluster-1', epoch: 1n });
  });

  it('with another cluster, another name for us, or an epoch that went back is refused', async () => {
    side.core.epoch = 3n;
    const enrol = async (changes: object, core: object = {}): Promise<void> => {
      const response = side.core.enrol(await side.handlers.enrollRequest());
      if (response.core === undefined) throw new Error('no core');
      await side.handlers.enrolled({
        ...response,
        ...changes,
        core: { ...response.core, ...core },
      });
    };
    await enrol({});
    await expectFailure(() => enrol({}, { clusterId: 'cluster-2' }), 'CORE_IDENTITY_REFUSED');
    await expectFailure(() => enrol({ gatewayId: 'gateway-2' }), 'CORE_IDENTITY_REFUSED');
    await expectFailure(() => enrol({}, { epoch: 2n }), 'CORE_IDENTITY_REFUSED');
    side = await side.restart();
    await expectFailure(() => enrol({}, { epoch: 2n }), 'CORE_IDENTITY_REFUSED');
    await enrol({}, { epoch: 4n });
  });

  it('goes on from where the last one was', async () => {
    await side.handlers.resumeToken(Buffer.from('token'));
    await side.create();
    side = await side.restart();
    const hello = await side.handlers.hello();
    expect(Buffer.from(hello.resumeToken).toString()).toBe('token');
    expect(hello).toMatchObject({
      outboxHead: 1,
      outboxAcknowledged: 0,
      keys: 1,
      applied: [0n, 0n, 0n],
    });
    expect((await side.handlers.enrollRequest()).lastCore?.resumeToken).toEqual(hello.resumeToken);
  });
});
