// A process of its own that measures how long one Get takes inside the Gateway at several sizes of the vault: lookup.ts
// starts it, sends the job, and takes the answer.

import { randomInt, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { createNativeProvider } from '../../../src/crypto/index.ts';
import type { CryptoProvider } from '../../../src/crypto/provider.ts';
import { SqliteVault } from '../../../src/vault/index.ts';
import { CLIENT, openKeySide, type KeySide } from '../../../test/support/gateway/key-side.ts';
import { serveParent } from '../../harness/child-main.ts';
import { figureOf, type Figure } from '../../vault/figure.ts';
import type { LookupJob, LookupResult } from './protocol.ts';

/** Keys that are made at a time. */
const AT_A_TIME = 500;
/** Uids that are asked for: more would measure the memory that holds them. */
const ASKED = 200_000;
/** Every so many reads the event loop turns, as between requests. */
const READS_PER_TURN = 16;
const KEY_BYTES = 32;

/** The Gateway's key side over a vault file, and some of the keys in it. */
interface FilledVault {
  readonly keys: number;
  readonly vault: SqliteVault;
  readonly side: KeySide;
  readonly uids: readonly string[];
}

async function perform(
  { directory, sizes, rounds, measureMs }: LookupJob,
  progress: (text: string) => void,
): Promise<readonly LookupResult[]> {
  const provider = createNativeProvider({ fips: 'required', poolThreads: 1 });
  const vaults: FilledVault[] = [];
  try {
    for (const keys of sizes) {
      progress(`making a vault of ${keys} keys`);
      vaults.push(await fillVault(provider, join(directory, `vault-${keys}`), keys));
    }
    const results: LookupResult[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      for (const vault of round % 2 === 1 ? vaults : vaults.toReversed()) {
        progress(`round ${round} of ${rounds}: reads among ${vault.keys} keys`);
        const { p50, p99 } = await measureReads(vault, measureMs);
        results.push({ keys: vault.keys, p50, p99 });
      }
    }
    return results;
  } finally {
    for (const { vault } of vaults) await vault.close();
  }
}

/** Real keys, made by the Gateway's own code under a service key that this process has granted itself. */
async function fillVault(
  provider: CryptoProvider,
  directory: string,
  keys: number,
): Promise<FilledVault> {
  const vault = await SqliteVault.open({
    path: join(directory, 'vault.db'),
    uid: process.geteuid?.() ?? 0,
    newVaultId: randomUUID(),
    outboxLimit: Number.MAX_SAFE_INTEGER,
    minimumFreeBytes: 64 * 1024 * 1024,
    monotonic: () => performance.now(),
  });
  const side = await openKeySide(provider, { vault });
  await side.join();
  const every = Math.ceil(keys / ASKED);
  const uids: string[] = [];
  for (let made = 0; made < keys;) {
    const size = Math.min(AT_A_TIME, keys - made);
    const rows = await Promise.all(Array.from({ length: size }, () => side.create()));
    uids.push(...rows.filter((_, i) => (made + i) % every === 0).map(({ row }) => row.uid));
    made += size;
    // As when a Core has taken them: what is measured is a vault, not its outbox.
    await vault.acknowledgeOutbox(made);
  }
  return { keys, vault, side, uids };
}

/** What a Get does below the protocol: find the key, check its MAC, unwrap it into the response's bytes. */
async function measureReads({ side, uids }: FilledVault, milliseconds: number): Promise<Figure> {
  const target = new Uint8Array(KEY_BYTES);
  const { keys } = side;
  const read = async (): Promise<void> => {
    const key = await keys.find(uids[randomInt(uids.length)] ?? '', CLIENT);
    if (key === undefined) throw new Error('a key is not where it was put');
    (await keys.material(key)).writeTo(target, 0);
  };
  const times: number[] = [];
  const start = performance.now();
  for (let now = start; now - start < milliseconds; now = performance.now()) {
    for (let reads = 0; reads < READS_PER_TURN; reads += 1) {
      const begun = performance.now();
      await read();
      times.push(performance.now() - begun);
    }
    await setImmediate();
  }
  target.fill(0);
  return figureOf('', times, performance.now() - start);
}

serveParent(perform);
