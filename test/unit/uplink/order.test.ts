import { describe, expect, it } from 'vitest';
import { EventKind } from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { deferred } from '../../support/deferred.ts';
import { expectFailure } from '../../support/failures.ts';
import { answerHeartbeat, grant, keyEvent } from './scripted-core.ts';
import { delegated, prepare, within } from './test-gateway.ts';

const COMPROMISED = EventKind.EVENT_KIND_KEY_COMPROMISED;
const DESTROYED = EventKind.EVENT_KIND_KEY_DESTROYED;
const RESUMED = EventKind.EVENT_KIND_KEY_RESUMED;
const ATTRIBUTES = EventKind.EVENT_KIND_KEY_ATTRIBUTES;

describe('the order on a new link', () => {
  it('is restrictions, grants, leases, outbox, then all other events', async () => {
    const { core, gateway, uplink } = await prepare();
    gateway.addEntries(300);
    core.script.heartbeats = 'ignored';
    core.script.hello = (stream) => {
      // In the worst order, but for what a Core must keep to itself: everything before LaneFlushed.
      stream.welcome();
      stream.event(keyEvent(RESUMED, 1));
      stream.event(keyEvent(ATTRIBUTES, 1));
      stream.send({ $case: 'serviceKeyGrant', value: grant(1) });
      stream.event(keyEvent(COMPROMISED, 1));
      stream.event(keyEvent(DESTROYED, 2));
      stream.laneFlushed(2n);
    };
    uplink.start();
    const stream = await core.stream();
    await stream.frame('heartbeat');
    // The lease comes last of all that is not the outbox's turn yet.
    await stream.frame('grantAck');
    expect(stream.frames('outboxBatch')).toHaveLength(0);
    answerHeartbeat(stream, 1n);
    await gateway.until(() => gateway.happened.includes('event 2/1'));
    expect(gateway.happened).toEqual([
      'enrolled 1',
      'event 0/1',
      'event 0/2',
      'linked',
      'grant terms-1',
      'heartbeatAck 1',
      'settled 256',
      'settled 300',
      'event 1/1',
      'event 2/1',
    ]);
  });

  it('keeps the tunnel shut until every pending restriction is applied', async () => {
    const { core, gateway, uplink } = await prepare();
    const applied = deferred();
    gateway.overrides.event = () => applied.promise;
    core.script.hello = (stream) => {
      stream.welcome();
      stream.event(keyEvent(COMPROMISED, 1));
      stream.laneFlushed(1n);
    };
    uplink.start();
    const stream = await core.stream();
    await stream.frame('hello');
    expect(uplink.status.state).toBe('cut');
    await expectFailure(() => uplink.tunnel(delegated(), within(1000)), 'CORE_UNREACHABLE');
    applied.resolve();
    await gateway.linked();
    expect(await stream.frame('eventAck')).toMatchObject({ lane: 0, laneSequence: 1n });
    await uplink.tunnel(delegated(), within(5000));
    expect(core.tunnelled).toHaveLength(1);
  });

  it('is kept again after the connection broke', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.linked();
    core.script.hello = (stream) => {
      stream.welcome();
      stream.send({ $case: 'serviceKeyGrant', value: grant(2) });
      stream.event(keyEvent(COMPROMISED, 1));
      stream.laneFlushed(1n);
    };
    gateway.addEntries(1);
    const from = gateway.happened.length;
    (await core.stream()).end();
    await gateway.until(() => gateway.happened.includes('settled 1'));
    const after = gateway.happened.slice(from).filter((what) => !what.includes('heartbeat'));
    expect(after).toEqual([
      'cut',
      'enrolled 2',
      'event 0/1',
      'linked',
      'grant terms-2',
      'settled 1',
    ]);
  });
});

describe('a restriction', () => {
  it('overtakes grants and events that wait, and what is under way', async () => {
    const { core, gateway, uplink } = await prepare();
    const slow = deferred();
    uplink.start();
    await gateway.until(() => gateway.happened.includes('heartbeatAck 1'));
    gateway.overrides.grant = async (given) => {
      gateway.note('grant begun');
      await slow.promise;
      gateway.overrides = {};
      return await gateway.handlers.grant(given);
    };
    const stream = await core.stream();
    stream.send({ $case: 'serviceKeyGrant', value: grant(1) });
    stream.send({ $case: 'serviceKeyGrant', value: grant(2) });
    for (let sequence = 1; sequence <= 100; sequence += 1)
      stream.event(keyEvent(ATTRIBUTES, sequence));
    stream.event(keyEvent(COMPROMISED, 1));
    // Applied and acknowledged while the first grant is still being opened.
    expect(await stream.frame('eventAck')).toMatchObject({ lane: 0, laneSequence: 1n });
    expect(gateway.happened).toContain('grant begun');
    expect(gateway.happened).not.toContain('event 2/1');
    slow.resolve();
    await gateway.until(() => gateway.happened.includes('event 2/100'));
    expect(gateway.happened.indexOf('grant terms-2')).toBeLessThan(
      gateway.happened.indexOf('event 2/1'),
    );
  });

  it('costs few frames when there are many', async () => {
    const { core, gateway, uplink } = await prepare();
    core.script.hello = (stream) => {
      stream.welcome();
      for (let sequence = 1; sequence <= 5000; sequence += 1) {
        stream.event(keyEvent(DESTROYED, sequence));
      }
      stream.laneFlushed(5000n);
    };
    uplink.start();
    await gateway.linked();
    const stream = await core.stream();
    await stream.until(() => stream.frames('eventAck').at(-1)?.laneSequence === 5000n);
    expect(gateway.events).toHaveLength(5000);
    // It may catch up with the Core now and then, and says so.
    expect(stream.frames('eventAck').length).toBeLessThan(1000);
  });

  it('is acknowledged before the rest of a big outbox', async () => {
    const { core, gateway, uplink } = await prepare();
    gateway.addEntries(3000, 2000);
    uplink.start();
    const stream = await core.stream();
    await stream.frame('outboxBatch');
    stream.event(keyEvent(DESTROYED, 1));
    await stream.frame('eventAck');
    expect(stream.frames('outboxBatch').length).toBeLessThan(6);
    await gateway.until(() => gateway.settled === 3000);
  });

  it('is applied within milliseconds of being pushed', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.linked();
    const stream = await core.stream();
    const times: number[] = [];
    for (let sequence = 1; sequence <= 50; sequence += 1) {
      const pushed = performance.now();
      stream.event(keyEvent(COMPROMISED, sequence));
      await gateway.until(() => gateway.happened.includes(`event 0/${sequence}`));
      times.push(performance.now() - pushed);
    }
    times.sort((a, b) => a - b);
    // A generous bound on a shared machine; it is well below a millisecond on a quiet one.
    expect(times[25]).toBeLessThan(25);
  });

  it('is not acknowledged before it is applied', async () => {
    const { core, gateway, uplink } = await prepare();
    const applied = deferred();
    gateway.overrides.event = (event) =>
      event.laneSequence === 1n ? applied.promise : Promise.resolve();
    uplink.start();
    await gateway.linked();
    const stream = await core.stream();
    stream.event(keyEvent(COMPROMISED, 1));
    stream.event(keyEvent(COMPROMISED, 2));
    await stream.frame('heartbeat', 3);
    expect(stream.frames('eventAck')).toHaveLength(0);
    applied.resolve();
    await stream.until(() => stream.frames('eventAck').at(-1)?.laneSequence === 2n);
  });

  it('that cannot be applied ends the connection and is not acknowledged', async () => {
    const { core, gateway, uplink } = await prepare();
    gateway.overrides.event = () => Promise.reject(new Error('disk full'));
    uplink.start();
    await gateway.linked();
    const stream = await core.stream();
    stream.event(keyEvent(COMPROMISED, 1));
    const line = await gateway.logged('the gateway could not do its part');
    expect(line.fields['cause']).toBe('disk full');
    expect(stream.frames('eventAck')).toHaveLength(0);
    gateway.overrides = {};
    const again = await core.stream(2);
    expect((await again.frame('hello')).applied?.lane0).toBe(0n);
    await gateway.linked();
    again.event(keyEvent(COMPROMISED, 1));
    expect((await again.frame('eventAck')).laneSequence).toBe(1n);
  });

  it('that a handler never finishes with ends the connection', async () => {
    const { core, gateway, uplink } = await prepare({ limits: { handlerMs: 50 } });
    uplink.start();
    await gateway.linked();
    gateway.overrides.event = () => new Promise(() => undefined);
    (await core.stream()).event(keyEvent(COMPROMISED, 1));
    const line = await gateway.logged('the gateway could not do its part');
    expect(line.fields['cause']).toMatch(/not done in time/);
    gateway.overrides = {};
    await gateway.linked();
  });
});

describe('events that come again or out of order', () => {
  it('are applied once and acknowledged again when they give something', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.linked();
    const stream = await core.stream();
    for (const sequence of [1, 1, 2, 1]) stream.event(keyEvent(RESUMED, sequence));
    await gateway.until(() => gateway.happened.includes('event 1/2'));
    stream.event(keyEvent(RESUMED, 3));
    await stream.until(() => stream.frames('eventAck').at(-1)?.laneSequence === 3n);
    expect(gateway.events.map((event) => event.laneSequence)).toEqual([1n, 2n, 3n]);
  });

  it('are applied again when they take something away', async () => {
    const { core, gateway, uplink } = await prepare();
    gateway.applied = [5n, 0n, 0n];
    uplink.start();
    await gateway.linked();
    const stream = await core.stream();
    stream.event(keyEvent(COMPROMISED, 4));
    stream.event(keyEvent(COMPROMISED, 6));
    await gateway.until(() => gateway.happened.includes('event 0/6'));
    expect(gateway.happened).toContain('event 0/4');
  });

  it('end the connection when one is missing, and nothing is acknowledged beyond it', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.linked();
    const stream = await core.stream();
    stream.event(keyEvent(COMPROMISED, 1));
    stream.event(keyEvent(COMPROMISED, 3));
    stream.event(keyEvent(COMPROMISED, 2));
    await gateway.logged('an event of lane 0 is missing');
    expect(gateway.events.every((event) => event.laneSequence === 1n)).toBe(true);
    expect((await (await core.stream(2)).frame('hello')).applied?.lane0).toBeLessThan(2n);
    await gateway.linked();
  });

  it('may begin anywhere when the Core cannot resume', async () => {
    const { core, gateway, uplink } = await prepare();
    gateway.applied = [50n, 50n, 50n];
    core.script.hello = (stream) => {
      stream.welcome(1n, false);
      stream.event(keyEvent(COMPROMISED, 7));
      stream.laneFlushed(7n);
      stream.event(keyEvent(RESUMED, 9));
    };
    uplink.start();
    await gateway.until(() => gateway.happened.includes('event 1/9'));
    expect(gateway.happened).toContain('event 0/7');
  });
});

describe('room for what comes', () => {
  it('is bounded: the Core has to pause, and nothing is lost', async () => {
    const { core, gateway, uplink } = await prepare();
    const gate = deferred();
    uplink.start();
    await gateway.linked();
    gateway.overrides.grant = async ({ terms }) => {
      await gate.promise;
      gateway.note('grant');
      return { grantId: Buffer.from(terms).toString(), result: 5, keyCheckValue: Buffer.alloc(0) };
    };
    const stream = await core.stream();
    for (let index = 0; index < 3000; index += 1) {
      stream.send({ $case: 'serviceKeyGrant', value: grant(index) });
    }
    gate.resolve();
    await gateway.until(() => gateway.happened.filter((what) => what === 'grant').length === 3000);
    await stream.frame('grantAck', 3000);
  });

  it('lets held events go when they fill it, so that answers behind them are read', async () => {
    const { core, gateway, uplink } = await prepare();
    gateway.addEntries(1);
    core.script.outbox = 'ignored';
    uplink.start();
    const stream = await core.stream();
    await stream.frame('outboxBatch');
    for (let sequence = 1; sequence <= 2000; sequence += 1) {
      stream.event(keyEvent(RESUMED, sequence));
    }
    stream.acknowledgeOutbox([1]);
    await gateway.until(() => gateway.happened.includes('event 1/2000'));
    expect(gateway.settled).toBe(1);
  });
});

describe('grants and governance', () => {
  it('can be asked for while the link is open, and are not asked for while it is cut', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.requestServiceKey('acme', 'payments', 0);
    uplink.start();
    await gateway.linked();
    const stream = await core.stream();
    uplink.requestServiceKey('acme', 'payments', 3);
    expect(await stream.frame('serviceKeyRequest')).toEqual({
      tenantId: 'acme',
      serviceId: 'payments',
      version: 3,
    });
    expect(stream.frames('serviceKeyRequest')).toHaveLength(1);
  });

  it('are handed over as they come, and a grant is answered with what the Gateway says of it', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.linked();
    const stream = await core.stream();
    stream.send({
      $case: 'governance',
      value: { governance: Buffer.from('new'), signature: Buffer.from('signature') },
    });
    stream.send({ $case: 'serviceKeyGrant', value: grant(7) });
    expect(await stream.frame('grantAck')).toMatchObject({ grantId: 'terms-7', result: 1 });
    expect(gateway.happened).toContain('governance');
  });

  it('do not suffer from a handler of link changes that fails', async () => {
    const { core, gateway, uplink } = await prepare();
    gateway.overrides.linkChanged = () => {
      throw new Error('no');
    };
    uplink.start();
    await gateway.logged('a handler of the uplink failed');
    expect(uplink.status.state).toBe('linked');
    (await core.stream()).end();
    await core.stream(2);
  });

  it('end the connection when the facts for a heartbeat cannot be had', async () => {
    const { gateway, uplink } = await prepare();
    gateway.overrides.heartbeat = () => {
      throw new Error('no facts');
    };
    uplink.start();
    const line = await gateway.logged('the gateway could not do its part');
    expect(line.fields['cause']).toBe('no facts');
    gateway.overrides = {};
    await gateway.linked();
  });
});
