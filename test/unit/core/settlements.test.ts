import { describe, expect, it } from 'vitest';
import { HandleCache } from '../../../src/core/sealing/handle-cache.ts';
import { isResumable, resumeToken } from '../../../src/core/uplink-server/resume-token.ts';
import { Settlements } from '../../../src/core/uplink-server/settlements.ts';
import { makeCoreParts } from '../../support/core/core-parts.ts';

describe('settlements', () => {
  it('wake who waits when the sequence is reached, and end the wait in time', async () => {
    const { store, addTenant, addGateway } = await makeCoreParts();
    addTenant();
    addGateway();
    const settlements = new Settlements(store);
    const settle = (sequence: number): void => {
      store.vaults.settle('vault-edge-1', sequence);
      settlements.changed('vault-edge-1');
    };
    const waits = [1n, 5n].map((sequence) => settlements.reached('vault-edge-1', sequence, 5000));
    settle(4);
    expect(await waits[0]).toBe(true);
    settle(5);
    expect(await waits[1]).toBe(true);
    settle(3);
    expect(await settlements.reached('vault-edge-1', 5n, 0)).toBe(true);
    expect(await settlements.reached('vault-edge-1', 6n, 0)).toBe(false);
    expect(await settlements.reached('vault-edge-1', 6n, 20)).toBe(false);
    expect(await settlements.reached('unknown', 0n, 0)).toBe(true);
  });
});

describe('a cache of handles', () => {
  it('drops the one that was not used for longest, and every one in the end', () => {
    const dropped: string[] = [];
    const handle = (name: string) => ({ drop: () => void dropped.push(name) });
    const cache = new HandleCache<{ drop(): void }>(2);
    const get = (name: string): unknown => cache.get(name, () => handle(name));
    const first = get('a');
    get('b');
    expect(get('a')).toBe(first);
    get('c');
    expect(dropped).toEqual(['b']);
    cache.drop('a');
    cache.drop('unknown');
    cache.dropAll();
    expect(dropped).toEqual(['b', 'a', 'c']);
    expect(get('a')).not.toBe(first);
  });
});

describe('a resume token', () => {
  it('is one of this core, of now or before', () => {
    const cluster = '5d2c1d1e-0000-4000-8000-000000000000';
    expect(isResumable(resumeToken(cluster, 3), cluster, 3)).toBe(true);
    expect(isResumable(resumeToken(cluster, 3), cluster, 9)).toBe(true);
    expect(isResumable(resumeToken(cluster, 4), cluster, 3)).toBe(false);
    expect(isResumable(resumeToken('other', 3), cluster, 3)).toBe(false);
    for (const junk of ['', ':', `${cluster}:`, `${cluster}:x`, `${cluster}:1:2`]) {
      expect(isResumable(Buffer.from(junk), cluster, 3)).toBe(false);
    }
  });
});
