import { describe, expect, it } from 'vitest';
import { decommissionGateway } from '../../../src/core/admin/gateways.ts';
import { rotateServiceKey, setServicePolicy } from '../../../src/core/admin/services.ts';
import { setTenantState } from '../../../src/core/admin/tenants.ts';
import type { GatewayRecord } from '../../../src/core/store/gateways.ts';
import { GatewayLink } from '../../../src/core/uplink-server/gateway-link.ts';
import type { UplinkRefusal } from '../../../src/core/uplink-server/refusal.ts';
import {
  Event,
  EventKind,
  GrantTerms,
  type CoreFrame,
  type GatewayFrame,
  type LanePosition,
} from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { millisecondsOf } from '../../../src/uplink-wire/index.ts';
import { makeCoreParts, type CoreParts } from '../../support/core/core-parts.ts';
import { SERVICE, TENANT } from '../../support/core/scenario.ts';

type Frame = NonNullable<CoreFrame['frame']>;

/** A link whose frames are kept, with a stream that takes `room` of them at a time. */
class Ends {
  readonly frames: Frame[] = [];
  readonly link: GatewayLink;
  ended: UplinkRefusal | 'in order' | undefined;
  room = Number.POSITIVE_INFINITY;

  constructor({ link }: CoreParts, gateway: GatewayRecord) {
    this.link = new GatewayLink(link, gateway, {
      send: ({ frame }) => {
        if (frame !== undefined) this.frames.push(frame);
        this.room -= 1;
        return this.room > 0;
      },
      end: (refusal) => {
        this.ended = refusal ?? 'in order';
      },
    });
  }

  send(frame: NonNullable<GatewayFrame['frame']>): void {
    this.link.receive({ frame });
  }

  hello(applied: Partial<LanePosition> = {}, changes: object = {}): void {
    this.send({
      $case: 'hello',
      value: {
        ...{ generation: 1n, resumeToken: new Uint8Array(), loaded: [], keys: 0n },
        ...{ outboxHead: 0n, outboxAcknowledged: 0n },
        applied: { lane0: 0n, lane1: 0n, lane2: 0n, ...applied },
        ...changes,
      },
    });
  }

  kinds(): string[] {
    return this.frames.map((frame) =>
      frame.$case === 'event' ? `event ${frame.value.lane}` : frame.$case,
    );
  }

  /** Gives the stream room for so many frames. */
  drain(room: number): void {
    this.room = room;
    this.link.writable();
  }
}

function toggle(parts: CoreParts, times: number): void {
  for (let index = 0; index < times; index += 1) {
    for (const state of ['SUSPENDED', 'ACTIVE']) {
      setTenantState(parts.administration, { tenantId: TENANT, state, dryRun: false });
    }
  }
}

describe('a link', () => {
  it('that is gone may have taken a grant after its last heartbeat, which the worst case counts', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const ends = new Ends(parts, parts.addGateway());
    ends.hello();
    parts.clock.time += 4000;
    // Still a live link, because it counts as gone only after 5 s without a frame: so it is given a grant, whose full length the
    // worst case has to count from here and not from the last heartbeat.
    rotateServiceKey(parts.administration, { tenantId: TENANT, serviceId: SERVICE });
    const [, grant] = ends.frames.filter(({ $case }) => $case === 'serviceKeyGrant');
    if (grant?.$case !== 'serviceKeyGrant') throw new Error('no grant');
    const { maxOfflineSeconds } = GrantTerms.decode(grant.value.terms);
    const until = parts.clock.time + 1000 * maxOfflineSeconds;
    ends.link.closed();
    const radius = setTenantState(parts.administration, {
      ...{ tenantId: TENANT, state: 'REVOKED', dryRun: true },
    });
    if (radius.worstCase === undefined) throw new Error('no worst case');
    expect(millisecondsOf(radius.worstCase)).toBeGreaterThanOrEqual(until);
  });

  it.each([
    ['in the same millisecond', 0],
    ['after the clock was set back', -3_600_000],
  ])('says of a restoration %s that it is later than the suspension', async (_when, step) => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const gateway = parts.addGateway();
    setTenantState(parts.administration, { tenantId: TENANT, state: 'SUSPENDED', dryRun: false });
    parts.clock.time += step;
    setTenantState(parts.administration, { tenantId: TENANT, state: 'ACTIVE', dryRun: false });
    const [suspended, restored] = ([0, 1] as const)
      .flatMap((lane) => parts.store.events.after(gateway.gatewayId, lane, 0, 1))
      .map(({ event }) => Event.decode(event).effectiveAt);
    if (suspended === undefined || restored === undefined) throw new Error('no events');
    expect(millisecondsOf(restored)).toBeGreaterThan(millisecondsOf(suspended));
  });

  it('tells a decommissioned gateway so also when their positions do not fit', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const gateway = parts.addGateway();
    decommissionGateway(parts.administration, { gatewayId: gateway.gatewayId, dryRun: false });
    const ends = new Ends(parts, gateway);
    ends.hello({ lane0: 7n }, { keys: 1n });
    expect(ends.frames).toContainEqual({
      $case: 'event',
      value: expect.objectContaining({
        kind: EventKind.EVENT_KIND_GATEWAY_DECOMMISSIONED,
        laneSequence: 8n,
      }) as unknown,
    });
  });

  it('sends every pending restriction before it says that they are through, however slow the stream', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const gateway = parts.addGateway();
    toggle(parts, 100);
    const ends = new Ends(parts, gateway);
    ends.room = 1;
    ends.hello();
    expect(ends.kinds()).toEqual(['welcome']);
    for (let step = 0; step < 30; step += 1) ends.drain(7);
    const kinds = ends.kinds();
    const flushed = kinds.indexOf('laneFlushed');
    expect(kinds.slice(1, flushed)).toEqual(Array.from({ length: 100 }, () => 'event 0'));
    expect(kinds.slice(flushed + 1, flushed + 3)).toEqual(['governance', 'serviceKeyGrant']);
    const lane0 = ends.frames[flushed];
    expect(lane0).toMatchObject({ value: { lane0: 100n } });
  });

  it('holds back permissive events beyond the window, and never restrictive ones', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const gateway = parts.addGateway();
    toggle(parts, 300);
    const ends = new Ends(parts, gateway);
    ends.hello();
    const count = (kind: string): number => ends.kinds().filter((found) => found === kind).length;
    expect([count('event 0'), count('event 1')]).toEqual([300, 256]);
    ends.send({
      $case: 'eventAck',
      value: { lane: 1, laneSequence: 100n, appliedAt: { seconds: 1n, nanos: 0 } },
    });
    expect(count('event 1')).toBe(300);
  });

  it('lets a restriction overtake what waits in the log', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const gateway = parts.addGateway();
    toggle(parts, 300);
    const ends = new Ends(parts, gateway);
    ends.hello({ lane0: 300n });
    const before = ends.frames.length;
    setTenantState(parts.administration, { tenantId: TENANT, state: 'REVOKED', dryRun: false });
    expect(ends.frames[before]).toMatchObject({
      value: { kind: EventKind.EVENT_KIND_TENANT_REVOKED, laneSequence: 301n },
    });
  });

  it('takes up a lane that is ahead of the log where the gateway stands', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const gateway = parts.addGateway();
    const ends = new Ends(parts, gateway);
    ends.hello({ lane0: 40n, lane1: 2n });
    expect(ends.frames[0]).toMatchObject({ $case: 'welcome', value: { resumeOk: false } });
    toggle(parts, 1);
    const events = ends.frames.flatMap((frame) => (frame.$case === 'event' ? [frame.value] : []));
    expect(events.map(({ lane, laneSequence }) => [lane, laneSequence])).toEqual([
      [0, 41n],
      [1, 3n],
    ]);
  });

  it('sends a grant again when its life is half over, and not before', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const gateway = parts.addGateway();
    const ends = new Ends(parts, gateway);
    ends.hello();
    const grants = (): GrantTerms[] =>
      ends.frames.flatMap((frame) =>
        frame.$case === 'serviceKeyGrant' ? [GrantTerms.decode(frame.value.terms)] : [],
      );
    const [first] = grants();
    const serviceKeyId = first?.serviceKeyId ?? '';
    const keyCheckValue = parts.store.serviceKeys.get(serviceKeyId, 1)?.checkValue;
    ends.send({
      $case: 'grantAck',
      value: {
        ...{ grantId: first?.grantId ?? '', result: 1 },
        keyCheckValue: keyCheckValue ?? new Uint8Array(),
      },
    });
    const heartbeat = (sequence: bigint): void => {
      ends.send({
        $case: 'heartbeat',
        value: {
          ...{ sequence, wallTime: { seconds: 1n, nanos: 0 }, monotonicMs: 1n, outboxDepth: 4n },
          ...{ outboxOldestMs: 0n, auditHead: 0n, fips: '', rssBytes: 0n },
          applied: { lane0: 0n, lane1: 0n, lane2: 0n },
          loaded: [{ serviceKeyId, version: 1 }],
        },
      });
    };
    heartbeat(1n);
    expect(grants()).toHaveLength(1);
    expect(ends.link.outboxDepth).toBe(4);
    parts.clock.time += 3.4 * 86_400_000;
    heartbeat(2n);
    expect(grants()).toHaveLength(1);
    parts.clock.time += 0.2 * 86_400_000;
    heartbeat(3n);
    expect(grants()).toHaveLength(2);
    expect(grants()[1]?.sequence).toBe(2n);
  });

  it('sends a grant again that was never confirmed, though the gateway says that it holds the key', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const gateway = parts.addGateway();
    const [grant] = parts.issuer.due(gateway, [], []);
    const loaded = grant === undefined ? [] : [grant.loaded];
    expect(parts.issuer.due(gateway, [], loaded)).toEqual([]);
    expect(parts.issuer.due(gateway, loaded, [])).toHaveLength(1);
  });

  it('answers a request for a service key once a second', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const ends = new Ends(parts, parts.addGateway());
    ends.hello();
    const before = ends.frames.length;
    for (let index = 0; index < 10; index += 1) {
      ends.send({
        $case: 'serviceKeyRequest',
        value: { tenantId: TENANT, serviceId: SERVICE, version: 0 },
      });
    }
    expect(ends.frames.length).toBe(before + 1);
    parts.clock.time += 1000;
    ends.send({
      $case: 'serviceKeyRequest',
      value: { tenantId: TENANT, serviceId: SERVICE, version: 1 },
    });
    expect(ends.frames.length).toBe(before + 2);
  });

  it('lets grants outlive twice the offline time, so that they never end it early', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const gateway = parts.addGateway();
    const policy = parts.store.services.get(TENANT, SERVICE)?.policy;
    if (policy === undefined) throw new Error('no policy');
    const maxOfflineSeconds = 30 * 86_400;
    setServicePolicy(parts.administration, { policy: { ...policy, maxOfflineSeconds } });
    const [grant] = parts.issuer.due(gateway, [], []);
    const terms = GrantTerms.decode(grant?.grant.terms ?? new Uint8Array());
    const life = Number(terms.notAfter?.seconds) - Number(terms.issuedAt?.seconds);
    expect(life).toBeGreaterThanOrEqual(2 * maxOfflineSeconds);
  });

  it('is ended by the first frame that is not hello, and by a number that is not its own', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const gateway = parts.addGateway();
    const early = new Ends(parts, gateway);
    early.send({ $case: 'goodbye', value: { reason: '' } });
    expect(early.ended).toMatchObject({ code: 'FRAME_INVALID' });
    const stale = new Ends(parts, gateway);
    stale.hello({}, { generation: 9n });
    expect(stale.ended).toMatchObject({ code: 'SUPERSEDED' });
    const silent = new Ends(parts, gateway);
    silent.hello();
    parts.clock.time += 4999;
    parts.link.hub.sweep();
    expect(silent.ended).toBeUndefined();
    parts.clock.time += 1;
    parts.link.hub.sweep();
    expect(silent.ended).toBe('in order');
    silent.send({ $case: 'goodbye', value: { reason: '' } });
  });

  it('keeps its own faults from whoever caused the event', async () => {
    const parts = await makeCoreParts();
    parts.addTenant();
    const gateway = parts.addGateway();
    const ends = new Ends(parts, gateway);
    ends.hello();
    // Another process has enrolled, and the link does not know yet.
    parts.store.gateways.enrol(gateway.gatewayId, {
      ...{ generation: 2, instanceId: 'i', vaultId: 'v', sealingKeys: [] },
    });
    setTenantState(parts.administration, { tenantId: TENANT, state: 'SUSPENDED', dryRun: false });
    expect(ends.ended).toMatchObject({ code: 'SUPERSEDED' });
  });
});
