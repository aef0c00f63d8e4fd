import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Krypton, PAYMENTS, TENANT, stopEverything } from '../integration/support/krypton.ts';
import { announceSkip } from '../support/environment.ts';
import { buildKmipGo, runKmipGoClient } from './support/kmip-go.ts';
import {
  BATCHES,
  plainReason,
  WHOLE_LIFE,
  type KmipPlan,
  type KmipRun,
  type KmipTask,
} from './support/kmip-tasks.ts';
import { installPykmip, runPykmipClient } from './support/pykmip.ts';

const pykmip = installPykmip();
const kmipGo = buildKmipGo('client');
if ('missing' in pykmip) announceSkip('PyKMIP against the Gateway', pykmip.missing);
if ('missing' in kmipGo) announceSkip('kmip-go against the Gateway', kmipGo.missing);

/** As the specification has it: keys are not active before somebody says so. */
const ARCHIVE = { tenant: TENANT, service: 'archive' };
const PYKMIP_VERSIONS = ['1.0', '1.1', '1.2', '1.3', '1.4', '2.0'];
const GO_VERSIONS = ['1.0', '1.1', '1.2', '1.3', '1.4'];
const CONNECTIONS = 8;

describe('released KMIP clients against a Gateway and its Core', () => {
  let krypton: Krypton;
  beforeAll(async () => {
    krypton = await Krypton.start({ services: [PAYMENTS, ARCHIVE] });
    for (const { service } of krypton.services) {
      const { certificatePem, keyPem } = await krypton.clientLeaf(TENANT, service);
      writeFileSync(join(krypton.directory, `${service}.pem`), certificatePem);
      writeFileSync(join(krypton.directory, `${service}.key`), keyPem, { mode: 0o600 });
    }
  });
  afterAll(stopEverything);

  const plan = (service: string, version: string, tasks: readonly KmipTask[]): KmipPlan => ({
    ...{ host: '127.0.0.1', port: krypton.gateway.port, version, tasks },
    ca: krypton.certificates.caFile('kmip'),
    cert: join(krypton.directory, `${service}.pem`),
    key: join(krypton.directory, `${service}.key`),
  });

  it.runIf('python' in pykmip).each(PYKMIP_VERSIONS)(
    'PyKMIP takes a key through its whole life in %s',
    async (version) => {
      if (!('python' in pykmip)) return;
      const tasks = lifeOf(`PyKMIP ${version}`);
      await expectWholeLife(
        await runPykmipClient(pykmip, plan('archive', version, tasks)),
        version,
      );
    },
  );

  it.runIf('path' in kmipGo).each(GO_VERSIONS)(
    'kmip-go takes a key through its whole life in %s',
    async (version) => {
      if (!('path' in kmipGo)) return;
      const tasks = lifeOf(`kmip-go ${version}`);
      await expectWholeLife(
        await runKmipGoClient(kmipGo.path, plan('archive', version, tasks)),
        version,
      );
    },
  );

  it.runIf('path' in kmipGo)('kmip-go negotiates 1.4 and sends batches', async () => {
    if (!('path' in kmipGo)) return;
    const run = await runKmipGoClient(kmipGo.path, plan('payments', '', BATCHES));
    const key = expect.stringMatching(/^[0-9a-f]{32}$/) as string;
    const uid = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;
    expect(run).toEqual({
      version: '1.4',
      outcomes: [
        { ok: true, value: { uid, key } },
        { ok: true, value: { key, state: 2 } },
      ],
    });
  });

  it.runIf('python' in pykmip)(
    'PyKMIP reads all attributes of a key in every version',
    async () => {
      if (!('python' in pykmip)) return;
      const tasks: readonly KmipTask[] = [
        { do: 'create', as: '$key', length: 192, mask: 12, name: 'all attributes' },
        { do: 'attributes', uid: '$key', names: [] },
      ];
      for (const version of PYKMIP_VERSIONS) {
        const { outcomes } = await runPykmipClient(pykmip, plan('payments', version, tasks));
        expect(outcomes[1], version).toMatchObject({
          ok: true,
          value: { State: 2, Name: 'all attributes', 'Cryptographic Length': 192 },
        });
      }
    },
  );

  it.runIf('python' in pykmip)('PyKMIP finds out what the Gateway speaks and can do', async () => {
    if (!('python' in pykmip)) return;
    const tasks: readonly KmipTask[] = [{ do: 'discover' }, { do: 'query' }];
    const { outcomes } = await runPykmipClient(pykmip, plan('payments', '1.4', tasks));
    const [versions, operations] = outcomes.map((outcome) =>
      outcome.ok ? outcome.value : outcome,
    );
    expect(versions).toEqual(['2.1', '2.0', '1.4', '1.3', '1.2', '1.1', '1.0']);
    // Create, Register, Locate, Get, Get Attributes, Activate, Revoke, Destroy.
    expect(operations).toEqual(expect.arrayContaining([1, 3, 8, 10, 11, 18, 19, 20]));
  });

  it.runIf('python' in pykmip)('PyKMIP makes and gets keys while the Core is away', async () => {
    if (!('python' in pykmip)) return;
    await krypton.cut();
    const tasks: readonly KmipTask[] = [
      { do: 'create', as: '$key', length: 256, mask: 12, name: 'while cut' },
      { do: 'activate', uid: '$key' },
      { do: 'get', uid: '$key' },
      { do: 'attributes', uid: '$key', names: ['State'] },
      { do: 'locate', name: 'while cut' },
      { do: 'destroy', uid: '$key' },
    ];
    const { outcomes } = await runPykmipClient(pykmip, plan('payments', '1.2', tasks));
    const [created, , , , , destroyed] = outcomes;
    expect(outcomes.slice(0, 5).map(({ ok }) => ok)).toEqual([true, true, true, true, true]);
    expect(outcomes[4]).toEqual({ ok: true, value: [created?.ok === true && created.value] });
    expect(destroyed).toEqual({
      ok: false,
      reason: 'GENERAL_FAILURE',
      message: 'core unreachable',
    });
    await krypton.restore();
  });

  it.runIf('python' in pykmip && 'path' in kmipGo)(
    'many of them at once get each their own key',
    async () => {
      if (!('python' in pykmip && 'path' in kmipGo)) return;
      const tasks: readonly KmipTask[] = [
        { do: 'create', as: '$key', length: 256, mask: 12 },
        { do: 'get', uid: '$key' },
        { do: 'get', uid: '$key' },
      ];
      const runs = await Promise.all(
        Array.from({ length: CONNECTIONS }, (_, index) =>
          index % 2 === 0
            ? runPykmipClient(pykmip, plan('payments', '1.4', tasks))
            : runKmipGoClient(kmipGo.path, plan('payments', '', tasks)),
        ),
      );
      const keys = runs.map(({ outcomes: [, first, second] }) => {
        expect(first).toMatchObject({ ok: true });
        expect(second).toEqual(first);
        return first?.ok === true ? first.value : undefined;
      });
      expect(new Set(keys).size).toBe(CONNECTIONS);
    },
  );

  /** Names of its own, since one Gateway serves all runs. */
  function lifeOf(name: string): readonly KmipTask[] {
    return WHOLE_LIFE.map((task) => {
      if (task.do === 'create' || task.do === 'locate') return { ...task, name };
      return task.do === 'register' ? { ...task, name: `${name}, own` } : task;
    });
  }

  async function expectWholeLife({ version, outcomes }: KmipRun, wanted: string): Promise<void> {
    expect(version).toBe(wanted);
    const in2 = wanted.startsWith('2');
    const values = outcomes.map((outcome) =>
      outcome.ok ? outcome.value : `refused: ${plainReason(outcome.reason)}`,
    );
    const [uid, key, attributes, names, located, activated, state, early, revoked, destroyed] =
      values;
    const [gone, own, ownKey] = values.slice(10);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(attributes).toMatchObject({ State: 1, 'Cryptographic Length': 256 });
    expect(names).toEqual(expect.arrayContaining(['State', 'Name', 'Object Type']));
    expect(located).toEqual([uid]);
    expect(String(activated)).not.toMatch(/refused/);
    expect(state).toEqual({ State: 2 });
    expect(early).toBe(`refused: ${in2 ? 'wrongkeylifecyclestate' : 'permissiondenied'}`);
    for (const done of [revoked, destroyed]) expect(String(done)).not.toMatch(/refused/);
    expect(gone).toBe(`refused: ${in2 ? 'objectdestroyed' : 'itemnotfound'}`);
    expect(ownKey).toBe('00112233445566778899aabbccddeeff');
    // It is the Core's as well.
    expect(await krypton.core.key(TENANT, String(own))).toMatchObject({ escrowed: true });
    expect(await krypton.core.key(TENANT, String(uid))).toMatchObject({ state: 5 });
  }
});
