import { describe, expect, it } from 'vitest';
import {
  EventKind,
  type GatewayFrame,
} from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { Backoff } from '../../../src/uplink/backoff.ts';
import { CallSlots } from '../../../src/uplink/call-slots.ts';
import { parseCoreAddress } from '../../../src/uplink/core-address.ts';
import { FrameWriter } from '../../../src/uplink/frame-writer.ts';
import { Inbox, type InboxClass } from '../../../src/uplink/inbox.ts';
import { LaneOrder } from '../../../src/uplink/lane-order.ts';
import { withinTime } from '../../../src/uplink/within-time.ts';
import { EVENT_LANES } from '../../../src/uplink-wire/index.ts';
import { deferred, type Deferred } from '../../support/deferred.ts';
import { expectFailure } from '../../support/failures.ts';

describe('waits between attempts', () => {
  it('are a random part of a ceiling that doubles up to its own', () => {
    const draws = [0, 0.5, 0.999, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5];
    const backoff = new Backoff(250, 30_000, () => draws.shift() ?? 0);
    expect(Array.from({ length: 9 }, () => Math.round(backoff.next()))).toEqual([
      0, 250, 999, 1000, 2000, 4000, 8000, 15_000, 15_000,
    ]);
    backoff.reset();
    draws.push(0.5);
    expect(backoff.next()).toBe(125);
  });
});

describe('the order of a lane', () => {
  it('tells what is next, what came before, and what is missing', () => {
    const lane = new LaneOrder(5n);
    expect([6n, 6n, 2n, 8n, 7n].map((sequence) => lane.arrived(sequence))).toEqual([
      'next',
      'again',
      'again',
      'gap',
      'next',
    ]);
  });

  it('begins anywhere when there is nothing to go on from', () => {
    const lane = new LaneOrder(undefined);
    expect([90n, 91n, 90n].map((sequence) => lane.arrived(sequence))).toEqual([
      'next',
      'next',
      'again',
    ]);
  });
});

describe('acknowledging a lane', () => {
  it('happens at once for an event that came alone', () => {
    const lane = new LaneOrder(0n);
    lane.arrived(1n);
    expect(lane.done(1n)).toBe(1n);
  });

  it('happens once for many that wait, but not only at the end', () => {
    const lane = new LaneOrder(0n);
    for (let sequence = 1n; sequence <= 150n; sequence += 1n) lane.arrived(sequence);
    const acknowledged: bigint[] = [];
    for (let sequence = 1n; sequence <= 150n; sequence += 1n) {
      const up = lane.done(sequence);
      if (up !== undefined) acknowledged.push(up);
    }
    expect(acknowledged).toEqual([64n, 128n, 150n]);
  });

  it('never goes back, whatever comes again', () => {
    const lane = new LaneOrder(0n);
    for (const sequence of [1n, 2n, 1n]) lane.arrived(sequence);
    expect([1n, 2n, 1n].map((sequence) => lane.done(sequence))).toEqual([undefined, undefined, 2n]);
  });
});

describe('the lanes of events', () => {
  it('are known for every kind, and lane 0 holds what takes something away', () => {
    const kinds = Object.entries(EventKind).filter(([, kind]) => kind > 0);
    expect(kinds.map(([, kind]) => kind).sort((a, b) => a - b)).toEqual(
      Object.keys(EVENT_LANES).map(Number),
    );
    for (const [name, kind] of kinds) {
      const restrictive = /SUSPENDED|DEACTIVATED|COMPROMISED|DESTROYED|REVOKED|DECOMM/.test(name);
      expect(EVENT_LANES[kind as keyof typeof EVENT_LANES] === 0, name).toBe(restrictive);
    }
  });
});

describe('the inbox', () => {
  interface Recorded {
    readonly inbox: Inbox;
    readonly begun: string[];
    readonly pressure: boolean[];
    readonly errors: unknown[];
    readonly put: (kind: InboxClass, name: string, bytes?: number) => Deferred<void>;
  }
  const recorded = (maxItems = 100, maxBytes = 1000): Recorded => {
    const begun: string[] = [];
    const pressure: boolean[] = [];
    const errors: unknown[] = [];
    const inbox = new Inbox({
      maxItems,
      maxBytes,
      pressure: (full) => pressure.push(full),
      done: () => undefined,
      failed: (error) => errors.push(error),
    });
    return {
      inbox,
      begun,
      pressure,
      errors,
      put: (kind, name, bytes = 1) => {
        const work = deferred();
        inbox.push(kind, bytes, () => {
          begun.push(name);
          return work.promise;
        });
        return work;
      },
    };
  };
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('does one restriction after the other and nothing else before it is opened', async () => {
    const { inbox, begun, put } = recorded();
    put('grant', 'grant').resolve();
    const first = put('restriction', 'first');
    put('restriction', 'second').resolve();
    expect(begun).toEqual(['first']);
    first.resolve();
    await settled();
    expect(begun).toEqual(['first', 'second']);
    inbox.open();
    expect(begun).toEqual(['first', 'second', 'grant']);
  });

  it('begins a restriction beside what is under way, and nothing else until that is done', async () => {
    const { inbox, begun, put } = recorded();
    inbox.open();
    const grant = put('grant', 'grant');
    const restriction = put('restriction', 'restriction');
    put('grant', 'next grant');
    expect(begun).toEqual(['grant', 'restriction']);
    grant.resolve();
    await settled();
    expect(begun).toEqual(['grant', 'restriction']);
    expect(inbox.outboxMayMove).toBe(false);
    restriction.resolve();
    await settled();
    expect(begun).toEqual(['grant', 'restriction', 'next grant']);
  });

  it('does grants before outbox answers before events, and holds events at first', async () => {
    const { inbox, begun, put } = recorded();
    for (const kind of ['event', 'outbox', 'grant'] as const) put(kind, kind).resolve();
    inbox.open();
    await settled();
    expect(begun).toEqual(['grant', 'outbox']);
    inbox.releaseEvents();
    expect(begun).toEqual(['grant', 'outbox', 'event']);
  });

  it('asks for a pause when it is full of items or of bytes, and lets held events go', async () => {
    const { inbox, begun, pressure, put } = recorded(3, 1000);
    inbox.open();
    const works = ['a', 'b', 'c'].map((name) => put('event', name));
    expect(pressure).toEqual([true]);
    expect(begun).toEqual(['a']);
    works[0]?.resolve();
    await settled();
    expect(pressure).toEqual([true, false]);
    put('event', 'large', 999);
    expect(pressure).toEqual([true, false, true]);
  });

  it('begins nothing more once something failed or it was closed', async () => {
    const { inbox, begun, errors, put } = recorded();
    inbox.open();
    const work = put('grant', 'a');
    put('grant', 'b');
    work.reject(new Error('no'));
    await settled();
    expect(errors).toHaveLength(1);
    put('restriction', 'c');
    expect(begun).toEqual(['a']);
  });
});

describe('the frame writer', () => {
  const heartbeat = (sequence: bigint) => ({
    sequence,
    wallTime: undefined,
    monotonicMs: 0n,
    applied: undefined,
    outboxDepth: 0n,
    outboxOldestMs: 0n,
    auditHead: 0n,
    loaded: [],
    fips: '',
    rssBytes: 0n,
  });
  const ack = (lane: 0 | 1 | 2, laneSequence: bigint) => ({
    lane,
    laneSequence,
    appliedAt: undefined,
  });

  it('puts acknowledgements of restrictions first, the outbox last, and drops what is outdated', async () => {
    const written: GatewayFrame[] = [];
    const gate = deferred();
    const writer = new FrameWriter(
      async (frame) => {
        written.push(frame);
        await gate.promise;
      },
      () => undefined,
    );
    // The first write is under way while all of this gathers.
    writer.heartbeat(heartbeat(1n));
    writer.outboxBatch({ items: [] });
    writer.serviceKeyRequest({ tenantId: 'a', serviceId: 'b', version: 1 });
    writer.serviceKeyRequest({ tenantId: 'a', serviceId: 'b', version: 1 });
    writer.heartbeat(heartbeat(2n));
    writer.heartbeat(heartbeat(3n));
    writer.eventAck(2, ack(2, 1n));
    writer.grantAck({ grantId: 'g', result: 1, keyCheckValue: new Uint8Array() });
    writer.eventAck(0, ack(0, 7n));
    writer.eventAck(0, ack(0, 9n));
    writer.eventAck(0, ack(0, 8n));
    gate.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(written.map(({ frame }) => frame?.$case)).toEqual([
      'heartbeat',
      'eventAck',
      'grantAck',
      'eventAck',
      'heartbeat',
      'serviceKeyRequest',
      'outboxBatch',
    ]);
    expect(written[1]?.frame?.value).toMatchObject({ lane: 0, laneSequence: 9n });
    expect(written[4]?.frame?.value).toMatchObject({ sequence: 3n });
  });

  it('gives a Core up that sends grants and reads nothing', () => {
    const failures: unknown[] = [];
    const writer = new FrameWriter(
      () => new Promise(() => undefined),
      (error) => failures.push(error),
    );
    for (let index = 0; index < 1100; index += 1) {
      writer.grantAck({ grantId: `${index}`, result: 1, keyCheckValue: new Uint8Array() });
      writer.serviceKeyRequest({ tenantId: `${index}`, serviceId: 'b', version: 1 });
    }
    expect(failures.length).toBeGreaterThan(0);
  });
});

describe('the address of the Core', () => {
  it.each([
    ['core.example.org:5697', 'core.example.org', 'dns:core.example.org:5697'],
    ['10.0.0.1:443', '10.0.0.1', 'ipv4:10.0.0.1:443'],
    ['[::1]:443', '::1', 'ipv6:[::1]:443'],
  ])('%s is dialled as %s', (text, host, target) => {
    expect(parseCoreAddress(text)).toEqual({ host, target });
  });
});

describe('call slots', () => {
  it('are given back, once the calls have ended', async () => {
    const slots = new CallSlots(3, 2);
    const giveBack = [slots.take('a'), slots.take('a'), slots.take('b')];
    await expectFailure(() => slots.take('c'), 'UPLINK_BUSY');
    for (const give of giveBack) give();
    for (let round = 0; round < 10; round += 1) slots.take('a')();
  });
});

describe('a time limit', () => {
  it('lets work through that is in time, and its failures', async () => {
    const late = (): Error => new Error('late');
    await expect(withinTime(Promise.resolve(1), 1000, late)).resolves.toBe(1);
    await expect(withinTime(Promise.reject(new Error('own')), 1000, late)).rejects.toThrow('own');
    await expect(withinTime(new Promise(() => undefined), 5, late)).rejects.toThrow('late');
  });
});
