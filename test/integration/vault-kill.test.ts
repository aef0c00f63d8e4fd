import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { checkVault } from '../../src/vault/index.ts';
import { Reader } from '../../src/vault/sqlite/reader/reader.ts';
import { longRun } from '../support/environment.ts';
import { ROOT, runProgram } from '../support/programs.ts';
import { fingerprint } from '../support/vault-keys.ts';
import { openVault, UID, vaultPath } from '../support/vaults.ts';

const MAIN = join(ROOT, 'test', 'support', 'faults', 'vault-writer-main.ts');
const ROUNDS = longRun ? 1000 : 40;
/** Vaults at a time: a program that starts leaves half of the machine idle. */
const VAULTS = 2;
const WRITERS = 16;
const ROUND_LIMIT_MS = 30_000;

/** What one program has said about its keys before it was killed, by uid. */
interface Claims {
  /** Fingerprint that was acknowledged last. */
  readonly acknowledged: ReadonlyMap<string, string>;
  /** Fingerprints that were begun after that. */
  readonly begun: ReadonlyMap<string, readonly string[]>;
}

/** Runs the program until it has begun or finished `steps` things, and is killed in the middle of others. */
async function killAfter(path: string, steps: number): Promise<Claims> {
  const claims = join(dirname(dirname(path)), 'claims');
  const program = [process.execPath, MAIN] as const;
  const { signal, error } = await runProgram(
    [...program, path, String(WRITERS), claims, String(steps)],
    { timeoutMs: ROUND_LIMIT_MS },
  );
  expect({ signal, error }).toEqual({ signal: 'SIGKILL', error: '' });
  const text = readFileSync(claims, 'utf8');
  expect(text.split('\n').length - 1).toBe(steps);
  return claimsOf(text);
}

function claimsOf(text: string): Claims {
  const acknowledged = new Map<string, string>();
  const begun = new Map<string, string[]>();
  for (const line of text.split('\n').slice(0, -1)) {
    const [what, uid = '', print = ''] = line.split(' ');
    if (what === 'try') begun.set(uid, [...(begun.get(uid) ?? []), print]);
    if (what === 'ack') {
      acknowledged.set(uid, print);
      begun.delete(uid);
    }
  }
  return { acknowledged, begun };
}

/** Reads on this thread: the vault itself is opened, as a gateway opens it, by the program of the next round. */
function find(reader: Reader, uid: string): string | undefined {
  const rows = ['tenant-0', 'tenant-1', 'tenant-2'].map((tenant) => reader.get(tenant, uid));
  const row = rows.find((found) => found !== undefined);
  return row === undefined ? undefined : fingerprint(row);
}

/** Kills one vault's program so many times. Returns how many keys there are in the end. */
async function killRepeatedly(rounds: number): Promise<number> {
  const path = vaultPath();
  const last = new Map<string, string>();
  for (let round = 1; round <= rounds; round += 1) {
    const { acknowledged, begun } = await killAfter(path, randomInt(1, 400));
    const reader = new Reader(path);
    for (const uid of new Set([...acknowledged.keys(), ...begun.keys()])) {
      const found = find(reader, uid);
      // Whole, whatever was under way: what was acknowledged, or one of the rows that were begun after it.
      expect([acknowledged.get(uid), ...(begun.get(uid) ?? [])]).toContain(found);
      if (found !== undefined) last.set(uid, found);
    }
    // With each key its outbox entry, in every round.
    expect(reader.facts()).toMatchObject({ generation: round, outboxHead: last.size });
    reader.close();
  }
  const vault = await openVault({ path });
  expect(await vault.facts()).toMatchObject({ keys: last.size, generation: rounds + 1 });
  await vault.close();
  const reader = new Reader(path);
  for (const [uid, print] of last) expect(find(reader, uid)).toBe(print);
  reader.close();
  expect(checkVault(path, { uid: UID })).toMatchObject({ sound: true, findings: [] });
  return last.size;
}

describe('a process that is killed while it writes', () => {
  it(
    `loses no acknowledged key and leaves no half of another, ${ROUNDS} times over`,
    { timeout: ROUNDS * 5000 },
    async () => {
      const keys = await Promise.all(
        Array.from({ length: VAULTS }, () => killRepeatedly(ROUNDS / VAULTS)),
      );
      expect(Math.min(...keys)).toBeGreaterThan(ROUNDS / VAULTS);
    },
  );
});
