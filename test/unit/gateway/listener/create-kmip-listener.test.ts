import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createKmipListener } from '../../../../src/gateway/listener/create-kmip-listener.ts';
import type { Uplink } from '../../../../src/uplink/uplink.ts';
import { KMIP_VERSIONS, type KmipVersion } from '../../../../src/kmip/version.ts';
import { connectKmip, type KmipClient } from '../../../../src/kmip-client/index.ts';
import {
  acmeCa,
  clientCertificate,
  LIMITS,
  REAL_CLOCK,
  serverCa,
  serverCertificate,
  trustIn,
  writePortFiles,
} from '../../../support/gateway/open-port.ts';
import { openKeySide, type KeySide } from '../../../support/gateway/key-side.ts';
import { ScriptedCore } from '../../../support/gateway/scripted-core.ts';
import { TENANT } from '../../../support/gateway/test-core.ts';
import { failureOf } from '../../../support/failures.ts';
import { openPure } from '../../../support/providers.ts';
import { scratchDirectory } from '../../../support/scratch.ts';

interface OpenGateway {
  readonly side: KeySide;
  readonly core: ScriptedCore;
  readonly connect: (version?: KmipVersion) => Promise<KmipClient>;
}

async function openGateway(): Promise<OpenGateway> {
  const side = await openKeySide(await openPure());
  await side.join();
  const core = new ScriptedCore();
  const uplink: Uplink = {
    start: () => undefined,
    get status() {
      return core.status;
    },
    tunnel: (request) => core.tunnel(request),
    flushOutbox: (sequence) => core.flushOutbox(sequence),
    wakeOutbox: () => undefined,
    requestServiceKey: () => undefined,
    stop: () => Promise.resolve(),
  };
  const { keys, applyDirectives, pendingSequence, outboxHead } = side;
  const listener = createKmipListener(
    { keys, uplink, applyDirectives, pendingSequence, outboxHead },
    {
      ...{ host: '127.0.0.1', port: 0, limits: LIMITS, clock: REAL_CLOCK, logger: side.log },
      files: writePortFiles(scratchDirectory(), serverCertificate()),
      ...{ productVersion: '1.2.3', batchItems: 4, logOperations: true, newId: randomUUID },
    },
  );
  listener.setTrust([trustIn(TENANT, acmeCa)]);
  onTestFinished(() => listener.drain(0));
  const port = await listener.start();
  const certificate = clientCertificate(`spiffe://${TENANT}/app`);
  const connect = async (version?: KmipVersion): Promise<KmipClient> => {
    const client = await connectKmip({
      ...{ host: '127.0.0.1', port, servername: 'kmip.test', ca: serverCa.pem, version },
      cert: certificate.pem,
      key: certificate.keyPem,
    });
    onTestFinished(() => client.close());
    return client;
  };
  return { side, core, connect };
}

const KEY = { length: 256, usageMask: 12 } as const;

describe('a gateway’s KMIP listener', () => {
  it.each(KMIP_VERSIONS)(
    'makes a key and gives it in one round trip of version %i',
    async (version) => {
      const { connect, side } = await openGateway();
      const client = await connect(version);
      const { uid, material } = await client.createAndGet(KEY);
      expect(material).toHaveLength(32);
      const stored = await side.read(await side.find(uid));
      expect(new Uint8Array(material)).toEqual(new Uint8Array(stored));
    },
  );

  it('agrees with a client on the newest version', async () => {
    const { connect } = await openGateway();
    expect((await connect()).version).toBe(21);
  });

  it('goes on while the link is cut, and says so of what it cannot do', async () => {
    const { connect, core, side } = await openGateway();
    const client = await connect(14);
    core.state = 'cut';
    side.link('cut');
    const { uid } = await client.create(KEY);
    expect((await client.get(uid)).material).toHaveLength(32);
    expect((await client.locate()).uids).toEqual([uid]);
    const failure = await failureOf(() => client.destroy(uid));
    expect(failure.code).toBe('KMIP_FAILED');
    expect(failure.message).toContain('core unreachable');
    expect((await client.get(uid)).material).toHaveLength(32);
  });

  it('serves many clients side by side', async () => {
    const { connect, side } = await openGateway();
    const clients = await Promise.all(Array.from({ length: 8 }, () => connect(14)));
    const uids = await Promise.all(
      clients.map(async (client) => {
        const made: string[] = [];
        for (let count = 0; count < 10; count += 1) made.push((await client.createAndGet(KEY)).uid);
        return made;
      }),
    );
    expect(new Set(uids.flat()).size).toBe(80);
    expect((await side.vault.facts()).keys).toBe(80);
  });

  it('leaves no key in its log', async () => {
    const { connect, side } = await openGateway();
    const { material } = await (await connect()).createAndGet(KEY);
    const log = side.log.lines.join('\n');
    for (const encoding of ['hex', 'base64'] as const) {
      expect(log).not.toContain(Buffer.from(material).toString(encoding));
    }
  });
});
