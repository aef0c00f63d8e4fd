import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectKmip, type KmipConnectOptions } from '../../../src/kmip-client/index.ts';
import {
  makeThrowawayCa,
  makeThrowawayLeaf,
  type ThrowawayCa,
} from '../../../src/x509/throwaway.ts';
import { failureOf } from '../../support/failures.ts';
import { startMemoryServer, type MemoryServer } from '../../support/kmip-memory-server.ts';

const P256 = { algorithm: 'ECDSA', bits: 256 } as const;
const now = Math.floor(Date.now() / 1000);

let ca: ThrowawayCa;
let other: ThrowawayCa;
let server: MemoryServer;
let client: Pick<KmipConnectOptions, 'cert' | 'key'>;

async function leaf(
  of: ThrowawayCa,
  usage: 'server' | 'client',
): Promise<{ cert: string; key: string }> {
  const { certificatePem, keyPem } = await makeThrowawayLeaf({
    ca: of,
    key: P256,
    now,
    commonName: usage,
    names: usage === 'server' ? { dns: ['kmip.example'], ip: ['127.0.0.1'] } : {},
    usages: [usage],
  });
  return { cert: certificatePem, key: keyPem };
}

beforeAll(async () => {
  ca = await makeThrowawayCa({ key: P256, now, commonName: 'CA' });
  other = await makeThrowawayCa({ key: P256, now, commonName: 'another CA' });
  client = await leaf(ca, 'client');
  server = await startMemoryServer({ ca: ca.certificatePem, ...(await leaf(ca, 'server')) });
});
afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server.stop();
});

const silent: Server[] = [];
afterEach(() => {
  for (const one of silent.splice(0)) one.close();
});

const options = (): KmipConnectOptions => ({
  host: '127.0.0.1',
  port: server.port,
  ca: ca.certificatePem,
  ...client,
});

describe('connecting to a KMIP server', () => {
  it('negotiates, and takes a key through its life', async () => {
    const kmip = await connectKmip(options());
    expect(kmip.version).toBe(21);
    const key = await kmip.createAndGet({ length: 256, usageMask: 12, names: ['a key'] });
    expect(key).toMatchObject({ objectType: 2, length: 256, algorithm: 3 });
    await kmip.activate(key.uid);
    expect((await kmip.getAttributes(key.uid, ['State'])).enumeration('State')).toBe(2);
    await kmip.revoke(key.uid, { reason: 1 });
    await kmip.destroy(key.uid);
    expect(await failureOf(() => kmip.get(key.uid))).toMatchObject({
      code: 'KMIP_FAILED',
      message: 'get refused, object destroyed: the object is destroyed',
    });
    await kmip.close();
    expect(await failureOf(() => kmip.get(key.uid))).toMatchObject({ code: 'CANCELLED' });
  });

  it('checks the name in the certificate, which need not be the host', async () => {
    const named = await connectKmip({ ...options(), servername: 'kmip.example' });
    await named.close();
    expect(
      await failureOf(() => connectKmip({ ...options(), servername: 'other.example' })),
    ).toEqual({
      code: 'KMIP_UNREACHABLE',
      message: 'no connection to the server (ERR_TLS_CERT_ALTNAME_INVALID)',
    });
  });

  it.each([
    [
      'another CA signed the server',
      () => Promise.resolve({ ca: other.certificatePem }),
      /UNABLE_TO_VERIFY|SELF_SIGNED/,
    ],
    ['another CA signed the client', () => leaf(other, 'client'), /./],
  ])('fails when %s', async (_, changed, message) => {
    const change = await changed();
    const failure = await failureOf(() => connectKmip({ ...options(), ...change }));
    expect(failure.code).toBe('KMIP_UNREACHABLE');
    expect(failure.message).toMatch(message);
  });

  it('refuses a key that is not that of the certificate, without a path or a key in the text', async () => {
    const { key } = await leaf(ca, 'client');
    expect(await failureOf(() => connectKmip({ ...options(), key }))).toEqual({
      code: 'INPUT_INVALID',
      message: 'the certificates or the key cannot be used (ERR_OSSL_X509_KEY_VALUES_MISMATCH)',
    });
  });

  it('fails at once when nobody listens', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    expect(await failureOf(() => connectKmip({ ...options(), port }))).toEqual({
      code: 'KMIP_UNREACHABLE',
      message: 'no connection to the server (ECONNREFUSED)',
    });
  });

  it('fails in time when the server says nothing', async () => {
    const mute = createServer(() => undefined).listen(0, '127.0.0.1');
    silent.push(mute);
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    expect(await failureOf(() => connectKmip({ ...options(), port, timeoutMs: 50 }))).toMatchObject(
      {
        code: 'DEADLINE_EXCEEDED',
      },
    );
  });

  it('speaks the version it is told', async () => {
    const kmip = await connectKmip({ ...options(), version: 10 });
    expect(kmip.version).toBe(10);
    await expect(kmip.create({ length: 128, usageMask: 4 })).resolves.toMatchObject({
      objectType: 2,
    });
    await kmip.close();
  });
});
