import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCore, restoreCore } from '../../src/core/index.ts';
import { EventKind, TunnelOutcome } from '../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { connect } from '../../src/sqlite/index.ts';
import { createPureProvider } from '../../src/x509/pure-provider.ts';
import { AdminClient, CORE_ADMIN } from '../support/core/admin-client.ts';
import { CoreProcess } from '../support/core/core-process.ts';
import {
  encodeEntry,
  HandGateway,
  makeEntry,
  type HandStream,
} from '../support/core/hand-gateway.ts';
import {
  declareGateway,
  identityOf,
  linkGateway,
  makeGateway,
  makeScene,
  SERVICE,
  takeGrant,
  TENANT,
} from '../support/core/scenario.ts';
import {
  coreOptions,
  makeCoreHome,
  ROOT_SECRET,
  startTestCore,
  type CoreHome,
} from '../support/core/test-core.ts';
import { encodeCommand } from '../support/core/test-executor.ts';
import { longRun } from '../support/environment.ts';
import { expectFailure } from '../support/failures.ts';
import { issueLeaf } from '../support/uplink-pki.ts';
import { captureLog } from './support/captured-log.ts';

const scoped = { tenantId: TENANT, serviceId: SERVICE };
const ROUNDS = longRun ? 100 : 6;

/** Makes tenant, service and gateway in a Core of this process, and stops it. */
async function prepare(home: CoreHome): Promise<{ readonly clientPem: string }> {
  const log = captureLog();
  const core = createCore(await coreOptions(home, log));
  await core.start();
  const admin = new AdminClient(home.socket);
  const test = { core, home, log, admin, provider: await createPureProvider() };
  const { client } = await makeScene(test);
  await declareGateway(test);
  admin.close();
  await core.stop(1000);
  return { clientPem: client.certificatePem };
}

describe('a core that is killed', () => {
  it(`keeps every key it acknowledged and every event of a change it confirmed (${ROUNDS} kills)`, async () => {
    const home = await makeCoreHome();
    const { clientPem } = await prepare(home);
    const provider = await createPureProvider();
    const credentials = await issueLeaf(home.ca, {
      usage: 'client',
      uris: [identityOf('edge-1')],
    });
    const vaultId = randomUUID();
    const instanceId = randomUUID();
    const sealingKey = provider.serviceKeys.generateSealingKey();
    const acknowledged: string[] = [];
    const destroyed: string[] = [];
    const applied = new Set<string>();
    let sequence = 1n;
    let lane0 = 0n;
    let epoch = 0n;

    const apply = async (stream: HandStream): Promise<void> => {
      while (stream.frames.some(({ $case }) => $case === 'event')) {
        const event = await stream.next('event');
        if (event.lane !== 0) continue;
        expect(event.laneSequence).toBe(lane0 + 1n);
        lane0 = event.laneSequence;
        applied.add(event.uid);
        stream.acknowledge(event);
      }
    };

    for (let round = 0; round < ROUNDS; round += 1) {
      const core = await CoreProcess.start(home);
      const admin = new AdminClient(home.socket);
      const gateway = new HandGateway({
        ...{ address: core.address, caPem: home.ca.certificatePem, credentials, provider },
        ...{ name: 'edge-1', vaultId, instanceId, sealingKey },
      });
      const enrolled = await gateway.enroll();
      expect(enrolled.core?.epoch).toBeGreaterThan(epoch);
      epoch = enrolled.core?.epoch ?? 0n;
      const stream = gateway.connect({
        applied: { lane0, lane1: 0n, lane2: 0n },
        outboxAcknowledged: sequence - 1n,
        keys: BigInt(acknowledged.length),
      });
      await stream.next('laneFlushed');
      await apply(stream);
      for (const uid of destroyed) expect(applied, 'a confirmed change was lost').toContain(uid);
      const { key, terms } = await takeGrant(gateway, stream);
      const register = {
        ...{ requestId: randomUUID(), ...scoped, clientPem },
        rawRequest: encodeCommand({ do: 'register', uid: randomUUID(), key: '22'.repeat(16) }),
      };
      const answer = await gateway.tunnel(register);

      const killed = delay(50 + Math.random() * 250).then(async () => {
        await core.kill();
      });
      try {
        for (;;) {
          const entries = Array.from({ length: 8 }, () =>
            makeEntry(provider, key, {
              ...{ ...scoped, serviceKeyId: terms.serviceKeyId },
              serviceKeyVersion: terms.version,
            }),
          );
          const ack = await stream.outbox(
            sequence,
            entries.map((entry) => encodeEntry(entry)),
          );
          expect(ack.outcomes.every(({ result }) => result === 1)).toBe(true);
          sequence = ack.acknowledged + 1n;
          acknowledged.push(...entries.map(({ uid }) => uid));
          const uid = entries[0]?.uid ?? '';
          await admin.call(CORE_ADMIN.setKeyState, {
            ...{ tenantId: TENANT, uid, action: 'destroy', dryRun: false },
            ...{ reasonCode: 0, reasonMessage: '' },
          });
          destroyed.push(uid);
          await apply(stream);
        }
      } catch (error) {
        // The end of the process is the only thing that may end this.
        await killed;
        if (error instanceof Error && error.name === 'AssertionError') throw error;
      }
      admin.close();
      gateway.close();

      const after = await CoreProcess.start(home);
      const again = new HandGateway({
        ...{ address: after.address, caPem: home.ca.certificatePem, credentials, provider },
        ...{ name: 'edge-1', vaultId, instanceId, sealingKey },
      });
      await again.enroll();
      const repeated = await again.tunnel(register);
      expect(repeated.outcome).toBe(TunnelOutcome.TUNNEL_OUTCOME_REPLAYED);
      expect(Buffer.from(repeated.rawResponse)).toEqual(Buffer.from(answer.rawResponse));
      again.close();
      await after.kill();
    }
    const final = await startTestCore({ home });
    const known = new Set<string>();
    for (let after = ''; ;) {
      const page = await final.admin.call(CORE_ADMIN.listKeys, {
        ...{ ...scoped, limit: 1000, after, state: 0 },
      });
      for (const { uid } of page.keys) known.add(uid);
      after = page.next;
      if (after === '') break;
    }
    expect(acknowledged.length).toBeGreaterThan(ROUNDS);
    expect(acknowledged.filter((uid) => !known.has(uid))).toEqual([]);
  }, 300_000);
});

describe('the root secret', () => {
  it('is found wrong at the start, before anything is served or changed', async () => {
    const home = await makeCoreHome();
    await prepare(home);
    writeFileSync(home.secretFile, 'ab'.repeat(32));
    const core = createCore(await coreOptions(home, captureLog()));
    await expectFailure(() => core.start(), 'ROOT_SECRET_WRONG');
    expect(existsSync(home.socket)).toBe(false);
    // Nothing is held: the right secret starts the same store.
    writeFileSync(home.secretFile, ROOT_SECRET);
    await startTestCore({ home });
  });

  it('and the keys below it are nowhere in the files of the store', async () => {
    const home = await makeCoreHome();
    const made: Buffer[] = [Buffer.from(ROOT_SECRET, 'hex')];
    const pure = await createPureProvider();
    // Service keys leave a trace of their bytes in nothing but a wrapped form: unwrap what was wrapped and look for that.
    const provider = {
      ...pure,
      keyWrap: {
        ...pure.keyWrap,
        generateChild: (parent: Parameters<typeof pure.keyWrap.generateChild>[0]) => {
          const child = pure.keyWrap.generateChild(parent);
          const bytes = Buffer.alloc(32);
          pure.keyWrap.unwrap('kw', parent, child.wrapped, bytes);
          made.push(bytes);
          return child;
        },
      },
      serviceKeys: {
        ...pure.serviceKeys,
        generate: (parent: Parameters<typeof pure.serviceKeys.generate>[0]) => {
          const generated = pure.serviceKeys.generate(parent);
          const bytes = Buffer.alloc(32);
          pure.keyWrap.unwrap('kw', parent, generated.wrapped, bytes);
          made.push(bytes);
          return generated;
        },
      },
    };
    const test = await startTestCore({ home, provider });
    const { client } = await makeScene(test);
    await declareGateway(test);
    const { gateway, stream, key, terms } = await linkGateway(test);
    const canary = randomUUID().replaceAll('-', '').repeat(2);
    await gateway.tunnel({
      ...{ ...scoped, clientPem: client.certificatePem },
      rawRequest: encodeCommand({ do: 'register', uid: 'canary', key: canary }),
    });
    await gateway.tunnel({
      ...{ ...scoped, clientPem: client.certificatePem },
      rawRequest: encodeCommand({ do: 'read', uid: 'canary' }),
    });
    made.push(Buffer.from(canary, 'hex'), Buffer.from(canary, 'latin1'));
    const entry = makeEntry(test.provider, key, {
      ...{ ...scoped, serviceKeyId: terms.serviceKeyId, serviceKeyVersion: terms.version },
    });
    await stream.outbox(1n, [encodeEntry(entry)]);
    expect(made.length).toBe(5);
    const store = join(home.directory, 'store');
    const files = readdirSync(store);
    expect(files).toContain('core.db-wal');
    for (const file of files) {
      const content = readFileSync(join(store, file));
      for (const secret of made) expect(content.includes(secret), file).toBe(false);
    }
    expect(test.log.text()).not.toContain(canary);
    for (const secret of made) {
      expect(test.log.text()).not.toContain(Buffer.from(secret).toString('hex'));
    }
  });
});

describe('backup and restore', () => {
  it('bring back tenants, keys and grants, with an epoch above all that was seen', async () => {
    const home = await makeCoreHome();
    const test = await startTestCore({ home });
    await makeScene(test);
    await declareGateway(test);
    const { gateway, stream, key, terms } = await linkGateway(test);
    const facts = { ...scoped, serviceKeyId: terms.serviceKeyId, serviceKeyVersion: 1 };
    const before = makeEntry(test.provider, key, facts);
    await stream.outbox(1n, [encodeEntry(before)]);
    const backup = join(home.directory, 'store', 'backup.db');
    const report = await test.admin.call(CORE_ADMIN.backup, { path: backup });
    expect(statSync(backup)).toMatchObject({ size: Number(report.bytes), mode: 0o100600 });
    await expect(test.admin.call(CORE_ADMIN.backup, { path: backup })).rejects.toMatchObject({
      code: 'VAULT_BACKUP_EXISTS',
    });
    // What happens after the backup is lost to the Core, and not to the gateway.
    const after = makeEntry(test.provider, key, facts);
    await stream.outbox(2n, [encodeEntry(after)]);
    await test.admin.call(CORE_ADMIN.setKeyState, {
      ...{ tenantId: TENANT, uid: before.uid, action: 'destroy', dryRun: false },
      ...{ reasonCode: 0, reasonMessage: '' },
    });
    stream.acknowledge(await stream.next('event'));
    const { epoch } = test.core.facts;
    gateway.close();
    await test.core.stop(1000);

    await expectFailure(() => restoreCore(backup, home.database), 'VAULT_BACKUP_EXISTS');
    const database = join(home.directory, 'new', 'restored.db');
    const restored = restoreCore(backup, database);
    // What was left of another database would be taken for this one's.
    const beside = join(home.directory, 'other', 'core.db');
    mkdirSync(join(home.directory, 'other'), { mode: 0o700 });
    writeFileSync(`${beside}-wal`, 'old');
    await expectFailure(() => restoreCore(backup, beside), 'VAULT_BACKUP_EXISTS');
    expect(restored).toMatchObject({ tenants: 1, keys: 1 });
    expect(restored.epoch).toBeGreaterThan(epoch);
    expect(statSync(database).mode).toBe(0o100600);
    const second = await startTestCore({ home: { ...home, database } });
    expect(second.core.facts.epoch).toBe(restored.epoch + 1);
    const back = await makeGateway(second, 'edge-1', {
      ...{ vaultId: gateway.vaultId, instanceId: gateway.instanceId },
      sealingKey: gateway.sealingKey,
    });
    const lastCore = {
      clusterId: restored.clusterId,
      ...{ epoch: BigInt(epoch), resumeToken: new Uint8Array() },
    };
    const enrolled = await back.enroll({ lastCore });
    expect(enrolled.generation).toBeGreaterThan(1_000_000n);
    const link = back.connect({
      ...{ applied: { lane0: 1n, lane1: 0n, lane2: 0n }, outboxAcknowledged: 2n, keys: 2n },
    });
    expect((await link.next('welcome')).resumeOk).toBe(false);
    await link.next('resyncRequired');
    const grant = await takeGrant(back, link);
    expect(Buffer.from(grant.key.checkValue)).toEqual(Buffer.from(key.checkValue));
    expect(grant.terms.sequence).toBeGreaterThan(terms.sequence);
    // The log goes on behind what the gateway has applied.
    await second.admin.call(CORE_ADMIN.setKeyState, {
      ...{ tenantId: TENANT, uid: before.uid, action: 'suspend', dryRun: false },
      ...{ reasonCode: 0, reasonMessage: '' },
    });
    expect(await link.next('event')).toMatchObject({
      ...{ lane: 0, laneSequence: 2n, kind: EventKind.EVENT_KIND_KEY_SUSPENDED },
    });
  });

  it('tells a gateway what was decided after the restore, whatever it had applied before', async () => {
    const home = await makeCoreHome();
    const test = await startTestCore({ home });
    await makeScene(test);
    await declareGateway(test);
    const { gateway, stream, key, terms } = await linkGateway(test);
    const facts = { ...scoped, serviceKeyId: terms.serviceKeyId, serviceKeyVersion: 1 };
    const entries = [1, 2].map(() => makeEntry(test.provider, key, facts));
    const [lost, later] = entries;
    if (lost === undefined || later === undefined) throw new Error('no entries');
    await stream.outbox(1n, entries.map(encodeEntry));
    const backup = join(home.directory, 'store', 'backup.db');
    await test.admin.call(CORE_ADMIN.backup, { path: backup });
    const change = { tenantId: TENANT, dryRun: false, reasonCode: 0, reasonMessage: '' };
    // Event 1 of the Core that is lost, which the gateway applies.
    await test.admin.call(CORE_ADMIN.setKeyState, { ...change, uid: lost.uid, action: 'suspend' });
    stream.acknowledge(await stream.next('event'));
    gateway.close();
    await test.core.stop(1000);

    const database = join(home.directory, 'new', 'restored.db');
    restoreCore(backup, database);
    const second = await startTestCore({ home: { ...home, database } });
    // Before the gateway is back: it must not be taken for the event 1 that it knows.
    await second.admin.call(CORE_ADMIN.setKeyState, {
      ...{ ...change, uid: later.uid, action: 'compromise' },
    });
    const back = await makeGateway(second, 'edge-1', {
      ...{ vaultId: gateway.vaultId, instanceId: gateway.instanceId },
      sealingKey: gateway.sealingKey,
    });
    await back.enroll();
    const link = back.connect({
      ...{ applied: { lane0: 1n, lane1: 0n, lane2: 0n }, outboxAcknowledged: 2n, keys: 2n },
    });
    await link.next('laneFlushed');
    expect(link.frames.flatMap((frame) => (frame.$case === 'event' ? [frame.value] : []))).toEqual([
      expect.objectContaining({ kind: EventKind.EVENT_KIND_KEY_COMPROMISED, uid: later.uid }),
    ]);
  });

  it('refuses a backup that is damaged, foreign or absent', async () => {
    const home = await makeCoreHome();
    const test = await startTestCore({ home });
    await makeScene(test);
    const backup = join(home.directory, 'store', 'backup.db');
    await test.admin.call(CORE_ADMIN.backup, { path: backup });
    const target = join(home.directory, 'store', 'new.db');
    const damaged = join(home.directory, 'store', 'damaged.db');
    const content = readFileSync(backup);
    content.fill(0x5a, 8192, 8192 + 2048);
    writeFileSync(damaged, content, { mode: 0o600 });
    await expectFailure(() => restoreCore(damaged, target), 'VAULT_DAMAGED');
    const foreign = join(home.directory, 'store', 'foreign.db');
    writeFileSync(foreign, '', { mode: 0o600 });
    const other = connect(foreign, { busyTimeoutMs: 0 });
    other.exec('CREATE TABLE t (x)');
    other.close();
    await expectFailure(() => restoreCore(foreign, target), 'VAULT_FOREIGN');
    await expectFailure(() => restoreCore(join(home.directory, 'none'), target), 'VAULT_UNUSABLE');
    expect(readdirSync(join(home.directory, 'store')).some((name) => name.includes('new'))).toBe(
      false,
    );
  });
});

describe('a core', () => {
  it('is not started twice on one store, nor with files that are open to others', async () => {
    const home = await makeCoreHome();
    const test = await startTestCore({ home });
    const second = createCore(await coreOptions(home, captureLog()));
    await expectFailure(() => second.start(), 'VAULT_LOCKED');
    expect(existsSync(home.socket)).toBe(true);
    await test.core.stop(0);
    chmodSync(home.tls.key, 0o644);
    const third = createCore(await coreOptions(home, captureLog()));
    await expectFailure(() => third.start(), 'UPLINK_TLS_UNUSABLE');
    chmodSync(home.tls.key, 0o600);
    chmodSync(home.database, 0o644);
    const fourth = createCore(await coreOptions(home, captureLog()));
    await expectFailure(() => fourth.start(), 'VAULT_INSECURE');
  });

  it('counts an epoch at every start, and drops its keys when it stops', async () => {
    const home = await makeCoreHome();
    const dropped: string[] = [];
    const pure = await createPureProvider();
    const provider = {
      ...pure,
      keyWrap: {
        ...pure.keyWrap,
        importKey: (bytes: Uint8Array) => {
          const key = pure.keyWrap.importKey(bytes);
          const drop = key.drop.bind(key);
          return Object.assign(key, {
            drop: () => {
              dropped.push('root');
              drop();
            },
          });
        },
      },
    };
    const core = createCore(await coreOptions(home, captureLog(), { provider }));
    await core.start();
    onTestFinished(async () => {
      await core.stop(0);
    });
    expect(core.facts.epoch).toBe(1);
    await core.stop(0);
    expect(dropped).toEqual(['root']);
    await core.start().catch((error: unknown) => {
      // The sealer's secret was wiped by its first use: a Core is started once.
      expect(error).toMatchObject({ code: 'ROOT_SECRET_WRONG' });
    });
    const { core: next } = await startTestCore({ home });
    expect(next.facts.epoch).toBe(2);
  });
});
