import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectKmip, operations, type KmipClient } from '../../src/kmip-client/index.ts';
import { nameAttribute } from '../../src/kmip/attributes/build.ts';
import {
  OPERATION,
  QUERY_FUNCTION,
  REVOCATION_REASON_CODE,
  STATE,
} from '../../src/kmip/tables/enumerations.ts';
import { CRYPTOGRAPHIC_USAGE_MASK } from '../../src/kmip/tables/masks.ts';
import type { KmipVersion } from '../../src/kmip/version.ts';
import { announceSkip } from '../support/environment.ts';
import { failureOf } from '../support/failures.ts';
import { makeKmipFiles, type KmipFiles } from './support/kmip-files.ts';
import { buildKmipGo, startKmipGoServer } from './support/kmip-go.ts';
import type { KmipPeer } from './support/kmip-peer.ts';
import { installPykmip, startPykmipServer } from './support/pykmip.ts';

/** A foreign server our client is tried against. */
interface Server {
  readonly name: string;
  readonly versions: readonly KmipVersion[];
  readonly start: (files: KmipFiles, directory: string) => Promise<KmipPeer>;
}

const directory = mkdtempSync(join(tmpdir(), 'cryptobroker-kmip-'));
let files: KmipFiles;
beforeAll(async () => {
  files = await makeKmipFiles(directory);
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const BOTH = CRYPTOGRAPHIC_USAGE_MASK.encrypt | CRYPTOGRAPHIC_USAGE_MASK.decrypt;
const MATERIAL = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

describe.each(availableServers())('our KMIP client against $name', ({ versions, start }) => {
  let server: KmipPeer;
  const clients: KmipClient[] = [];
  beforeAll(async () => {
    server = await start(files, directory);
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });
  afterAll(async () => {
    await server.stop();
  });

  async function connect(version?: KmipVersion, cert = files.client): Promise<KmipClient> {
    const client = await connectKmip({
      host: '127.0.0.1',
      port: server.port,
      ca: readFileSync(files.ca),
      cert: readFileSync(cert.cert),
      key: readFileSync(cert.key),
      version,
    });
    clients.push(client);
    return client;
  }

  it('agrees on the newest version of both', async () => {
    const client = await connect();
    expect(client.version).toBe(Math.max(...versions));
    expect(await client.discoverVersions()).toEqual(versions);
  });

  it.each(versions)('takes a key through its whole life in version %d', async (version) => {
    const client = await connect(version);
    const name = `interop ${version}`;
    const { uid } = await client.create({ length: 256, usageMask: BOTH, names: [name] });
    const key = await client.get(uid);
    expect(key).toMatchObject({ uid, objectType: 2, keyFormatType: 1, algorithm: 3, length: 256 });
    expect(key.material).toHaveLength(32);

    const before = await client.getAttributes(uid, ['State', 'Name', 'Cryptographic Length']);
    expect(before.enumeration('State')).toBe(STATE.preActive);
    expect(before.integer('Cryptographic Length')).toBe(256);
    expect(before.get('Name')).toEqual(nameAttribute(name).value);
    expect(await client.getAttributeList(uid)).toEqual(
      expect.arrayContaining(['State', 'Name', 'Cryptographic Usage Mask']),
    );
    expect(await client.locate({ filters: [nameAttribute(name)] })).toMatchObject({ uids: [uid] });

    await client.activate(uid);
    expect(await failureOf(() => client.destroy(uid))).toMatchObject({
      code: 'KMIP_FAILED',
      message: expect.stringMatching(/^destroy refused, permission denied: /) as string,
    });
    await client.revoke(uid, { reason: REVOCATION_REASON_CODE.superseded, message: 'interop' });
    const after = await client.getAttributes(uid, ['State']);
    expect(after.enumeration('State')).toBe(STATE.deactivated);
    await client.destroy(uid);
    await expect(client.get(uid)).rejects.toMatchObject({
      code: 'KMIP_FAILED',
      operation: 'Get',
      reasonName: 'item not found',
    });
    key.material.fill(0);
  });

  it.each(versions)('registers a key and gets the same one back in version %d', async (version) => {
    const client = await connect(version);
    const uid = await client.register({
      kind: 'symmetric-key',
      material: MATERIAL,
      usageMask: BOTH,
      names: [`registered ${version}`],
    });
    const { material } = await client.get(uid);
    expect(Buffer.from(material)).toEqual(MATERIAL);
  });

  it('makes and gets a key in one batch by the ID placeholder', async () => {
    const client = await connect(12);
    const made = await client.createAndGet({ length: 128, usageMask: BOTH });
    expect(made.material).toHaveLength(16);
    const again = await client.get(made.uid);
    expect(again.material).toEqual(made.material);
  });

  it('says what became of each item of a batch', async () => {
    const client = await connect(14);
    const { uid } = await client.create({ length: 128, usageMask: BOTH });
    const [good, missing, last] = await client.request(
      [
        operations.getAttributes(uid, ['State']),
        operations.get('no such object'),
        operations.getAttributeList(uid),
      ],
      { errorContinuation: 'continue' },
    );
    expect(good).toMatchObject({ ok: true });
    expect(missing).toMatchObject({ ok: false, error: { operation: 'Get', reason: 1 } });
    expect(last).toMatchObject({ ok: true });
  });

  it('asks what the server can do', async () => {
    const client = await connect();
    const { operations: offered } = await client.query([QUERY_FUNCTION.queryOperations]);
    expect(offered).toEqual(expect.arrayContaining([OPERATION.create, OPERATION.get]));
  });

  it('answers calls made side by side each with its own answer', async () => {
    const client = await connect();
    const made = await Promise.all(
      Array.from({ length: 10 }, () => client.create({ length: 128, usageMask: BOTH })),
    );
    const keys = await Promise.all(made.map(({ uid }) => client.get(uid)));
    expect(keys.map(({ uid }) => uid)).toEqual(made.map(({ uid }) => uid));
  });

  it('is refused without a certificate that the server trusts', async () => {
    const stranger = await makeKmipFiles(mkdtempSync(join(directory, 'stranger-')));
    expect(await failureOf(() => connect(undefined, stranger.client))).toMatchObject({
      code: 'KMIP_UNREACHABLE',
    });
  });
});

function availableServers(): Server[] {
  const servers: Server[] = [];
  const pykmip = installPykmip();
  if ('python' in pykmip) {
    servers.push({
      name: 'PyKMIP 0.11',
      versions: [20, 14, 13, 12, 11, 10],
      start: (made, place) => startPykmipServer(pykmip, made, place),
    });
  } else {
    announceSkip('our KMIP client against PyKMIP', pykmip.missing);
  }
  const go = buildKmipGo('server');
  if ('path' in go) {
    servers.push({
      name: 'kmip-go v0.8.1',
      versions: [14, 13, 12, 11, 10],
      start: (made) => startKmipGoServer(go.path, made),
    });
  } else {
    announceSkip('our KMIP client against kmip-go', go.missing);
  }
  return servers;
}
