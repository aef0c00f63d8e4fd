import { describe, expect, it, onTestFinished } from 'vitest';
import { LinkTracker } from '../../../src/uplink/link-state.ts';
import type { LinkState } from '../../../src/uplink/uplink.ts';
import { TcpProxy } from '../../support/faults/tcp-proxy.ts';
import { answerHeartbeat, type ScriptedCore } from './scripted-core.ts';
import { clock, prepare, type TestLink } from './test-gateway.ts';

describe('the state of the link', () => {
  const times = { staleAfterMs: 30_000, lostAfterMs: 90_000 };
  const tracked = (): { link: LinkTracker; states: LinkState[] } => {
    const states: LinkState[] = [];
    return { link: new LinkTracker((state) => states.push(state)), states };
  };

  it('is stale, then cut, as the Core stays silent', () => {
    const { link, states } = tracked();
    link.opened(times, 1000);
    expect(link.check(1000)).toBe(30_000);
    expect(link.check(30_999)).toBe(1);
    expect(states).toEqual(['linked']);
    expect(link.check(31_000)).toBe(60_000);
    expect(link.state).toBe('stale');
    expect(link.check(91_000)).toBeUndefined();
    expect(states).toEqual(['linked', 'stale', 'cut']);
    expect(link.lastAnswerAt).toBe(1000);
  });

  it('is linked again with the next answer', () => {
    const { link, states } = tracked();
    link.opened(times, 0);
    link.check(30_000);
    link.answered(31_000);
    expect(link.check(60_999)).toBe(1);
    expect(states).toEqual(['linked', 'stale', 'linked']);
  });

  it('is cut with the connection, and an answer that comes late changes nothing', () => {
    const { link, states } = tracked();
    link.opened(times, 0);
    link.closed();
    link.answered(10);
    expect(link.check(20)).toBeUndefined();
    expect(states).toEqual(['linked', 'cut']);
  });

  it('follows the heartbeats of a real link', async () => {
    const { core, gateway, uplink } = await prepare();
    core.script.enroll = (_request, response) => ({
      ...response,
      heartbeatIntervalMs: 20,
      staleAfterMs: 100,
      lostAfterMs: 200,
    });
    uplink.start();
    await gateway.until(() => gateway.happened.includes('heartbeatAck 3'));
    core.script.heartbeats = 'ignored';
    await gateway.cut();
    expect(gateway.links).toEqual(['linked', 'stale', 'cut']);
    await gateway.logged('does not answer heartbeats');
    core.script.heartbeats = 'answered';
    await gateway.linked();
    expect(uplink.status.reconnects).toBeGreaterThan(0);
  });

  it('becomes linked again when a slow Core answers after all', async () => {
    const { core, gateway, uplink } = await prepare();
    core.script.enroll = (_request, response) => ({
      ...response,
      heartbeatIntervalMs: 20,
      staleAfterMs: 60,
      lostAfterMs: 60_000,
    });
    core.script.heartbeats = 'ignored';
    uplink.start();
    await gateway.until(() => gateway.links.at(-1) === 'stale');
    const stream = await core.stream();
    answerHeartbeat(stream, stream.frames('heartbeat').at(-1)?.sequence ?? 0n);
    await gateway.linked();
    expect(gateway.links.slice(0, 3)).toEqual(['linked', 'stale', 'linked']);
    expect(uplink.status.reconnects).toBe(0);
  });

  it('tells how far the clock of the Core is off', async () => {
    const { core, gateway, uplink } = await prepare();
    core.script.heartbeats = 'ignored';
    uplink.start();
    await gateway.linked();
    const stream = await core.stream();
    await stream.frame('heartbeat');
    answerHeartbeat(stream, 1n, 60_000);
    await gateway.until(() => gateway.happened.includes('heartbeatAck 1'));
    expect(uplink.status.clockSkewMs).toBeGreaterThan(59_000);
    expect(uplink.status.clockSkewMs).toBeLessThan(61_000);
    expect(gateway.log.filter(({ message }) => message.includes('clocks'))).toHaveLength(1);
    expect(uplink.status.lastAnswerAt).toBeLessThanOrEqual(clock.monotonicMs());
  });
});

/** The same with a proxy between. */
async function throughProxy(
  limits: Parameters<typeof prepare>[0] = {},
): Promise<TestLink & { proxy: TcpProxy }> {
  let proxy: TcpProxy | undefined;
  const link = await prepare({
    ...limits,
    address: async (core: ScriptedCore) => {
      proxy = await TcpProxy.start(core.port);
      return proxy.address;
    },
  });
  if (proxy === undefined) throw new Error('no proxy');
  const started = proxy;
  onTestFinished(async () => {
    await started.stop();
  });
  return { ...link, proxy };
}

describe('a network that fails', () => {
  it('is noticed at once when the connection is reset', async () => {
    const { gateway, uplink, proxy } = await throughProxy();
    uplink.start();
    await gateway.linked();
    const begun = clock.monotonicMs();
    proxy.cut();
    await gateway.cut();
    expect(clock.monotonicMs() - begun).toBeLessThan(1000);
    proxy.restore();
    await gateway.linked();
  });

  it('is noticed by heartbeats when the peer is half open', async () => {
    const { core, gateway, uplink, proxy } = await throughProxy();
    core.script.enroll = (_request, response) => ({
      ...response,
      heartbeatIntervalMs: 20,
      staleAfterMs: 100,
      lostAfterMs: 300,
    });
    uplink.start();
    await gateway.linked();
    proxy.blackhole();
    await gateway.cut();
    expect(gateway.links).toEqual(['linked', 'stale', 'cut']);
    proxy.restore();
    await gateway.linked();
  });

  it('is noticed by keepalive when heartbeats are far apart', async () => {
    const { core, gateway, uplink, proxy } = await throughProxy({
      limits: { keepaliveMs: 50, keepaliveTimeoutMs: 50 },
    });
    core.script.enroll = (_request, response) => ({
      ...response,
      heartbeatIntervalMs: 60_000,
      staleAfterMs: 120_000,
      lostAfterMs: 240_000,
    });
    uplink.start();
    await gateway.linked();
    proxy.blackhole();
    await gateway.cut();
    proxy.restore();
    await gateway.linked();
  });

  it('does not hold up an attempt to connect for ever', async () => {
    const { gateway, uplink, proxy } = await throughProxy({ limits: { handshakeMs: 100 } });
    proxy.blackhole();
    uplink.start();
    await gateway.logged('no link to the core');
    proxy.restore();
    await gateway.linked();
  });

  it('costs one socket at a time, however often a peer that only accepts is tried', async () => {
    const { gateway, uplink, proxy } = await throughProxy({ limits: { handshakeMs: 50 } });
    proxy.blackhole();
    uplink.start();
    await expect.poll(() => proxy.accepted, { timeout: 10_000 }).toBeGreaterThan(5);
    expect(proxy.open).toBeLessThanOrEqual(2);
    proxy.restore();
    await gateway.linked();
    await expect.poll(() => proxy.open).toBe(1);
  });

  it('is borne when it is slow', async () => {
    const { core, gateway, uplink, proxy } = await throughProxy();
    proxy.delay(30);
    uplink.start();
    gateway.addEntries(500);
    await gateway.until(() => gateway.settled === 500);
    expect((await core.stream()).frames('outboxBatch')).toHaveLength(2);
    expect(uplink.status.reconnects).toBe(0);
  });

  it('is borne when it garbles', async () => {
    const { gateway, uplink, proxy } = await throughProxy();
    uplink.start();
    await gateway.linked();
    proxy.corrupt();
    await gateway.cut();
    await gateway.linked();
    expect(uplink.status.reconnects).toBeGreaterThan(0);
  });

  it('and a Core that never says welcome, or never flushes lane 0, are given up', async () => {
    const { core, gateway, uplink } = await prepare({ limits: { handshakeMs: 100 } });
    core.script.hello = () => undefined;
    uplink.start();
    await core.stream(2);
    core.script.hello = (stream) => {
      stream.welcome();
    };
    await core.stream(4);
    await gateway.logged('did not go on');
    expect(gateway.links).toEqual([]);
    core.script.hello = (stream) => {
      stream.welcome();
      stream.laneFlushed();
    };
    await gateway.linked();
  });
});
