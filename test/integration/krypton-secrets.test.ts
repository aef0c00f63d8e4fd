import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../src/kmip-client/index.ts';
import { AES256, ENCRYPT_DECRYPT, Krypton, stopEverything } from './support/krypton.ts';
import { Canary, filesBelow, filesWith, memoryWith } from './support/krypton-secrets.ts';
import { eventually } from './support/krypton-wait.ts';

describe('key material', () => {
  let krypton: Krypton;
  const made: Canary[] = [];
  const registered: Canary[] = [];

  beforeAll(async () => {
    // Everything that the programs would ever log.
    const args = ['--log-level', 'debug'];
    krypton = await Krypton.start({
      gateway: { args, nodeArgs: ['--heapsnapshot-signal=SIGUSR2'] },
      coreArgs: args,
    });
    const client = await krypton.connect();
    for (const length of [128, 192, 256]) {
      const key = await client.createAndGet({ ...AES256, length });
      await client.get(key.uid);
      made.push(new Canary(`made, ${length} bits`, key.material));
    }
    const material = randomBytes(32);
    registered.push(new Canary('registered', material));
    const own = { kind: 'symmetric-key', material, usageMask: ENCRYPT_DECRYPT } as const;
    const uid = await client.register(own);
    await client.get(uid);
    // What fails must not tell anything either.
    const secret = randomBytes(32);
    registered.push(new Canary('registered while cut', secret));
    await krypton.cut();
    await client.register({ ...own, material: secret }).catch(() => undefined);
    await client.request([operations.create(AES256), operations.get(uid)]);
    await krypton.restore();
    await krypton.gateway.whenDrained();
  }, 60_000);
  afterAll(stopEverything);

  it('is in no file and no log line of Gateway and Core', () => {
    const canaries = [...made, ...registered];
    const files = filesBelow(krypton.directory);
    expect(files.filter((path) => path.endsWith('vault.db-wal'))).toHaveLength(1);
    expect(files.filter((path) => path.endsWith('core.db'))).toHaveLength(1);
    expect(filesWith(krypton.directory, canaries)).toEqual([]);
    const log = Buffer.from(krypton.log());
    expect(log.includes('"level":"DEBUG"')).toBe(true);
    expect(canaries.filter((canary) => canary.isIn(log))).toEqual([]);
  });

  it("is not on the Gateway's JavaScript heap", async () => {
    const { gateway } = krypton;
    gateway.process.signal('SIGUSR2');
    const path = await eventually('a snapshot', () =>
      Promise.resolve(filesBelow(gateway.directory).find((name) => name.endsWith('.heapsnapshot'))),
    );
    // It is written without a pause, so whoever answers again has written it.
    await gateway.status();
    const snapshot = readFileSync(path);
    expect(snapshot.includes('"strings":[')).toBe(true);
    expect([...made, ...registered].filter((canary) => canary.isIn(snapshot))).toEqual([]);
  });

  it("is nowhere in the Gateway's memory once it was given, where only root may look at all", () => {
    const look = (): readonly string[] => memoryWith(krypton.gateway.process.pid, made);
    if (process.geteuid?.() === 0) expect(look()).toEqual([]);
    else expect(look).toThrow('EACCES');
  });

  it('would be found in a memory that holds it', () => {
    const material = randomBytes(32);
    expect(memoryWith(process.pid, [new Canary('ours', material)])).not.toEqual([]);
  });
});
