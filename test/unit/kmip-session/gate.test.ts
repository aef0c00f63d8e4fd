import { describe, expect, it } from 'vitest';
import {
  createGate,
  type ConnectionGate,
  type GatePlace,
} from '../../../src/kmip-session/index.ts';
import { OPEN_GATE } from './support.ts';

function entered(gate: ConnectionGate, identity?: string): GatePlace {
  const place = gate.enter();
  if (place === undefined) throw new Error('the gate is closed');
  if (identity !== undefined) place.identify(identity);
  return place;
}

describe('the gate', () => {
  it('lets in so many connections, and another one when one has left', () => {
    const gate = createGate({ ...OPEN_GATE, connections: 2 }, () => 0);
    const first = entered(gate);
    entered(gate);
    expect(gate.enter()).toBeUndefined();
    first.leave();
    first.leave();
    expect(gate.connections).toBe(1);
    expect(gate.enter()).toBeDefined();
    expect(gate.enter()).toBeUndefined();
  });

  it('counts the connections of each identity by themselves', () => {
    const gate = createGate({ ...OPEN_GATE, connectionsPerIdentity: 1 }, () => 0);
    const first = entered(gate);
    expect(first.identify('a')).toBe(true);
    expect(entered(gate).identify('a')).toBe(false);
    expect(entered(gate).identify('b')).toBe(true);
    first.leave();
    expect(entered(gate).identify('a')).toBe(true);
  });

  it('does not count a place as gone that was never given', () => {
    const gate = createGate({ ...OPEN_GATE, connectionsPerIdentity: 1 }, () => 0);
    entered(gate, 'a');
    const refused = entered(gate);
    refused.identify('a');
    refused.leave();
    expect(entered(gate).identify('a')).toBe(false);
  });

  it('allows a burst and then the rate, over all connections of an identity', () => {
    let now = 0;
    const gate = createGate({ ...OPEN_GATE, requestsPerSecond: 10, requestBurst: 3 }, () => now);
    const [one, two, other] = ['a', 'a', 'b'].map((identity) => entered(gate, identity));
    const counted = [one, two, one, two].map((place) => place?.countRequest());
    expect(counted).toEqual([true, true, true, false]);
    expect(other?.countRequest()).toBe(true);
    now += 99;
    expect(one?.countRequest()).toBe(false);
    now += 1;
    expect([one, two].map((place) => place?.countRequest())).toEqual([true, false]);
    now += 60_000;
    expect([1, 2, 3, 4].map(() => one?.countRequest())).toEqual([true, true, true, false]);
  });

  it('gives no new requests for connecting anew, even when many others come', () => {
    const gate = createGate({ ...OPEN_GATE, connections: 1e6, requestBurst: 1 }, () => 0);
    const greedy = entered(gate, 'greedy');
    expect(greedy.countRequest()).toBe(true);
    greedy.leave();
    for (let other = 0; other < 5000; other += 1) entered(gate, `other ${other}`).leave();
    expect(entered(gate, 'greedy').countRequest()).toBe(false);
  });

  it('counts no request of a connection without an identity', () => {
    expect(entered(createGate(OPEN_GATE, () => 0)).countRequest()).toBe(false);
  });

  it('adds up the bytes of all connections, and takes back those of one that leaves', () => {
    const gate = createGate({ ...OPEN_GATE, bufferedBytes: 100 }, () => 0);
    const [one, two] = [entered(gate), entered(gate)];
    expect(one.countBytes(60)).toBe(true);
    expect(two.countBytes(40)).toBe(true);
    expect(two.countBytes(1)).toBe(false);
    one.leave();
    expect(gate.bufferedBytes).toBe(41);
    one.countBytes(-60);
    expect(gate.bufferedBytes).toBe(41);
  });
});
