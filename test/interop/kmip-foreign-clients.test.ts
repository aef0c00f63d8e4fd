import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { announceSkip } from '../support/environment.ts';
import { startMemoryServer, type MemoryServer } from '../support/kmip-memory-server.ts';
import { makeKmipFiles, type KmipFiles } from './support/kmip-files.ts';
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
if ('missing' in pykmip) announceSkip('the PyKMIP client', pykmip.missing);
if ('missing' in kmipGo) announceSkip('the kmip-go client', kmipGo.missing);

/** Our codec, engine and session, without the Gateway behind them. */
describe('released KMIP clients against our message engine', () => {
  const directory = mkdtempSync(join(tmpdir(), 'cryptobroker-kmip-'));
  let files: KmipFiles;
  let server: MemoryServer;
  beforeAll(async () => {
    files = await makeKmipFiles(directory);
  });
  beforeEach(async () => {
    const { ca } = files;
    server = await startMemoryServer({
      ca: readFileSync(ca),
      cert: readFileSync(files.server.cert),
      key: readFileSync(files.server.key),
    });
    return async () => {
      expect(server.faults).toEqual([]);
      await server.stop();
    };
  });
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  const plan = (version: string, tasks: readonly KmipTask[]): KmipPlan => ({
    ...{ host: '127.0.0.1', port: server.port, ca: files.ca, ...files.client },
    version,
    tasks,
  });

  it.runIf('python' in pykmip).each(['1.0', '1.1', '1.2', '1.3', '1.4', '2.0'])(
    'PyKMIP takes a key through its whole life in %s',
    async (version) => {
      if (!('python' in pykmip)) return;
      expectWholeLife(await runPykmipClient(pykmip, plan(version, WHOLE_LIFE)), version);
    },
  );

  it.runIf('path' in kmipGo).each(['1.0', '1.1', '1.2', '1.3', '1.4'])(
    'kmip-go takes a key through its whole life in %s',
    async (version) => {
      if (!('path' in kmipGo)) return;
      expectWholeLife(await runKmipGoClient(kmipGo.path, plan(version, WHOLE_LIFE)), version);
    },
  );

  it.runIf('path' in kmipGo)('kmip-go negotiates 1.4 and sends batches', async () => {
    if (!('path' in kmipGo)) return;
    const run = await runKmipGoClient(kmipGo.path, plan('', BATCHES));
    const key = expect.stringMatching(/^[0-9a-f]{32}$/) as string;
    expect(run).toEqual({
      version: '1.4',
      outcomes: [
        { ok: true, value: { uid: 'object-1', key } },
        { ok: true, value: { key, state: 1 } },
      ],
    });
  });
});

function expectWholeLife({ version, outcomes }: KmipRun, wanted: string): void {
  expect(version).toBe(wanted);
  const in2 = wanted.startsWith('2');
  const values = outcomes.map((outcome) =>
    outcome.ok ? outcome.value : `refused: ${plainReason(outcome.reason)}`,
  );
  const [uid, key, attributes, names, located, , state, early, , , gone, own, ownKey] = values;
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(attributes).toEqual({ State: 1, Name: 'whole life', 'Cryptographic Length': 256 });
  expect(names).toEqual(expect.arrayContaining(['State', 'Name', 'Object Type']));
  expect(located).toEqual([uid]);
  expect(state).toEqual({ State: 2 });
  expect(early).toBe(`refused: ${in2 ? 'wrongkeylifecyclestate' : 'permissiondenied'}`);
  expect(gone).toBe(`refused: ${in2 ? 'objectdestroyed' : 'itemnotfound'}`);
  expect(own).toBe('object-2');
  expect(ownKey).toBe('00112233445566778899aabbccddeeff');
}
