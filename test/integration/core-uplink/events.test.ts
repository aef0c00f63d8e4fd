import { describe, expect, it } from 'vitest';
import { EventKind, GrantResult } from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { CORE_ADMIN } from '../../support/core/admin-client.ts';
import { encodeEntry, makeEntry } from '../../support/core/hand-gateway.ts';
import {
  declareGateway,
  linkGateway,
  makeGateway,
  makeScene,
  takeGrant,
  TENANT,
  startDeclaredCore,
} from '../../support/core/scenario.ts';
import { startTestCore } from '../../support/core/test-core.ts';
import { scoped, refusalOf, versionOf } from '../../support/core/uplink-messages.ts';

describe('events', () => {
  it('are pushed at once, wait for a gateway that is away, and come in order until acknowledged', async () => {
    const test = await startDeclaredCore();
    const { gateway, stream, key, terms } = await linkGateway(test);
    const entries = [0, 1, 2].map(() =>
      makeEntry(test.provider, key, { ...scoped, ...versionOf(terms) }),
    );
    await stream.outbox(
      1n,
      entries.map((entry) => encodeEntry(entry)),
    );
    const act = async (index: number, action: string): Promise<void> => {
      await test.admin.call(CORE_ADMIN.setKeyState, {
        tenantId: TENANT,
        uid: entries[index]?.uid ?? '',
        action,
        reasonCode: 0,
        reasonMessage: 'test',
        dryRun: false,
      });
    };
    await act(0, 'suspend');
    const pushed = await stream.next('event');
    expect(pushed).toMatchObject({
      ...scoped,
      kind: EventKind.EVENT_KIND_KEY_SUSPENDED,
      lane: 0,
      laneSequence: 1n,
      uid: entries[0]?.uid,
    });
    stream.acknowledge(pushed);
    stream.cancel();
    await act(1, 'compromise');
    await act(0, 'resume');
    await act(2, 'destroy');
    const again = gateway.connect({ applied: { lane0: 1n, lane1: 0n, lane2: 0n } });
    expect((await again.any()).$case).toBe('welcome');
    const early = [await again.next('event'), await again.next('event')];
    expect(early.map(({ lane, laneSequence, kind }) => [lane, laneSequence, kind])).toEqual([
      [0, 2n, EventKind.EVENT_KIND_KEY_COMPROMISED],
      [0, 3n, EventKind.EVENT_KIND_KEY_DESTROYED],
    ]);
    expect(early[0]).toMatchObject({ reasonCode: 2, reasonMessage: 'test' });
    expect((await again.next('laneFlushed')).lane0).toBe(3n);
    expect(await again.next('event')).toMatchObject({
      lane: 1,
      laneSequence: 1n,
      kind: EventKind.EVENT_KIND_KEY_RESUMED,
    });
    // Not acknowledged: they come again.
    again.cancel();
    const third = gateway.connect({ applied: { lane0: 2n, lane1: 0n, lane2: 0n } });
    expect(await third.next('event')).toMatchObject({ lane: 0, laneSequence: 3n });
  });

  it('overtake grants: a lane 0 event leaves before anything else after hello', async () => {
    const test = await startDeclaredCore();
    const gateway = await makeGateway(test);
    await gateway.enroll();
    await test.admin.call(CORE_ADMIN.setTenantState, {
      tenantId: TENANT,
      state: 'SUSPENDED',
      dryRun: false,
    });
    const stream = gateway.connect();
    const kinds = [await stream.any(), await stream.any(), await stream.any()];
    expect(kinds.map(({ $case }) => $case)).toEqual(['welcome', 'event', 'laneFlushed']);
    stream.heartbeat(1n);
    await stream.next('heartbeatAck');
    expect(stream.frames.filter(({ $case }) => $case === 'serviceKeyGrant')).toEqual([]);
  });

  it('bring grants back when a tenant is restored, after the event was applied', async () => {
    const test = await startDeclaredCore();
    const { gateway, stream, terms } = await linkGateway(test);
    const set = async (state: string): Promise<void> => {
      await test.admin.call(CORE_ADMIN.setTenantState, { tenantId: TENANT, state, dryRun: false });
    };
    await set('SUSPENDED');
    stream.acknowledge(await stream.next('event'));
    stream.heartbeat(1n, { loaded: [] });
    await stream.next('heartbeatAck');
    await set('ACTIVE');
    const restored = await stream.next('event');
    expect(restored.kind).toBe(EventKind.EVENT_KIND_TENANT_RESTORED);
    const early = await stream.next('serviceKeyGrant');
    // A gateway that has not applied the event yet finds it stale.
    stream.acknowledgeGrant(early, new Uint8Array(), GrantResult.GRANT_RESULT_STALE);
    stream.acknowledge(restored);
    const late = await takeGrant(gateway, stream);
    expect(late.terms.sequence).toBeGreaterThan(terms.sequence);
  });

  it('are sent anew as restrictions when the vault is older than the log', async () => {
    const test = await startDeclaredCore();
    const { gateway, stream, key, terms } = await linkGateway(test);
    const entry = makeEntry(test.provider, key, { ...scoped, ...versionOf(terms) });
    await stream.outbox(1n, [encodeEntry(entry)]);
    const { uid } = entry;
    await test.admin.call(CORE_ADMIN.setKeyState, {
      ...{ tenantId: TENANT, uid, action: 'destroy', dryRun: false },
      ...{ reasonCode: 0, reasonMessage: '' },
    });
    stream.acknowledge(await stream.next('event'));
    stream.heartbeat(1n, { applied: { lane0: 1n, lane1: 0n, lane2: 0n } });
    await stream.next('heartbeatAck');
    stream.cancel();
    // The same gateway with a vault of before, which still has the key.
    const older = gateway.connect({ applied: { lane0: 0n, lane1: 0n, lane2: 0n }, keys: 1n });
    expect((await older.next('welcome')).resumeOk).toBe(false);
    expect(await older.next('event')).toMatchObject({
      ...{ lane: 0, laneSequence: 1n, uid },
      kind: EventKind.EVENT_KIND_KEY_DESTROYED,
    });
    await older.next('laneFlushed');
  });

  it('are sent anew to a vault that was never seen and has keys, whatever position it tells', async () => {
    const test = await startDeclaredCore();
    const { stream, key, terms } = await linkGateway(test);
    const entry = makeEntry(test.provider, key, { ...scoped, ...versionOf(terms) });
    await stream.outbox(1n, [encodeEntry(entry)]);
    const { uid } = entry;
    await test.admin.call(CORE_ADMIN.setKeyState, {
      ...{ tenantId: TENANT, uid, action: 'compromise', dryRun: false },
      ...{ reasonCode: 0, reasonMessage: '' },
    });
    stream.acknowledge(await stream.next('event'));
    stream.heartbeat(1n, { applied: { lane0: 1n, lane1: 0n, lane2: 0n } });
    await stream.next('heartbeatAck');
    stream.cancel();
    await stream.ended();
    const restored = await makeGateway(test);
    await restored.enroll();
    const again = restored.connect({ applied: { lane0: 1n, lane1: 0n, lane2: 0n }, keys: 1n });
    expect((await again.next('welcome')).resumeOk).toBe(false);
    expect(await again.next('event')).toMatchObject({
      ...{ lane: 0, uid },
      kind: EventKind.EVENT_KIND_KEY_COMPROMISED,
    });
    // From then on it is like any other: what it has applied does not come back.
    again.cancel();
    await again.ended();
    const known = restored.connect({ applied: { lane0: 2n, lane1: 0n, lane2: 0n }, keys: 1n });
    expect((await known.next('welcome')).resumeOk).toBe(false);
    await known.next('laneFlushed');
    expect(known.frames.filter(({ $case }) => $case === 'event')).toEqual([]);
  });

  it('reach a decommissioned gateway once more, and then nothing does', async () => {
    const test = await startTestCore();
    await makeScene(test);
    const { gatewayId } = await declareGateway(test);
    const gateway = await makeGateway(test);
    await gateway.enroll();
    await test.admin.call(CORE_ADMIN.decommissionGateway, { gatewayId, dryRun: false });
    const enrolled = await gateway.enroll();
    expect(enrolled.scopes).toEqual([]);
    const stream = gateway.connect();
    const event = await stream.next('event');
    expect(event.kind).toBe(EventKind.EVENT_KIND_GATEWAY_DECOMMISSIONED);
    stream.acknowledge(event);
    stream.heartbeat(1n);
    await stream.next('heartbeatAck');
    expect(await refusalOf(gateway.enroll())).toMatchObject({ code: 'GATEWAY_UNKNOWN' });
  });
});
