import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeyObject } from '../../src/kmip-client/index.ts';
import { checkVault, VAULT_FILE } from '../../src/vault/index.ts';
import { join } from 'node:path';
import { longRun } from '../support/environment.ts';
import { AES256, Krypton, TENANT, stopEverything } from './support/krypton.ts';

const ROUNDS = longRun ? 200 : 10;
const CLIENTS = 8;
/** Keys of all rounds that are read back after each further kill. */
const SAMPLE = 20;

describe('a Gateway that is killed while it makes keys', () => {
  let krypton: Krypton;
  beforeAll(async () => {
    krypton = await Krypton.start();
  }, 60_000);
  afterAll(stopEverything);

  /** Makes keys over several connections until the Gateway is killed, after so many of them. */
  async function makeUntilKilled(keys: number): Promise<readonly KeyObject[]> {
    const made: KeyObject[] = [];
    let killed: Promise<void> | undefined;
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => krypton.connect()));
    await Promise.all(
      clients.map(async (client) => {
        for (;;) {
          try {
            made.push(await client.createAndGet(AES256));
          } catch (error) {
            expect(error).toMatchObject({ code: 'KMIP_UNREACHABLE' });
            return;
          }
          if (made.length >= keys) killed ??= krypton.gateway.kill();
        }
      }),
    );
    await killed;
    await krypton.disconnect();
    return made;
  }

  async function readBack(keys: readonly KeyObject[]): Promise<void> {
    const client = await krypton.connect();
    for (const { uid, material } of keys) {
      expect((await client.get(uid)).material, uid).toEqual(material);
    }
    await krypton.disconnect();
  }

  it(
    `gives every key that it acknowledged afterwards, the same as before, ${ROUNDS} times over`,
    { timeout: ROUNDS * 10_000 },
    async () => {
      const { gateway, link, core } = krypton;
      const all: KeyObject[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        // Every other time with a Core that takes the keys over meanwhile.
        if (round % 2 === 0) link.restore();
        else link.cut();
        const made = await makeUntilKilled(randomInt(1, 120));
        await gateway.start();
        all.push(...made);
        const sample = Array.from({ length: SAMPLE }, () => all[randomInt(all.length)]);
        await readBack([...made, ...sample.filter((key) => key !== undefined)]);
      }
      link.restore();
      await gateway.whenLinked();
      await gateway.whenDrained();
      const known = await core.keys(TENANT);
      expect(all.filter(({ uid }) => !known.has(uid))).toEqual([]);
      await readBack(all);
      const status = await gateway.status();
      expect(status).toMatchObject({ ready: true, vault: { quarantined: 0n } });
      expect(await gateway.stop()).toBe(0);
      const path = join(gateway.vaultDirectory, VAULT_FILE);
      expect(checkVault(path, { uid: process.geteuid?.() ?? 0 })).toMatchObject({
        ...{ sound: true, findings: [] },
      });
      console.log(`${all.length} acknowledged keys over ${ROUNDS} kills, none lost`);
    },
  );
});
