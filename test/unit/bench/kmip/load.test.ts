import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { CaseName } from '../../../../bench/kmip/cases.ts';
import { succeeded } from '../../../../bench/kmip/client/connection.ts';
import { fill } from '../../../../bench/kmip/client/fill.ts';
import { runLoad } from '../../../../bench/kmip/client/load.ts';
import type { Endpoint, LoadJob, LoadNote } from '../../../../bench/kmip/client/protocol.ts';
import { encodeRequests } from '../../../../bench/kmip/client/requests.ts';
import {
  makeBenchCertificates,
  type BenchCertificates,
} from '../../../../bench/kmip/subjects/certificates.ts';
import { decodeRequest } from '../../../../src/kmip/messages/request.ts';
import {
  beginResponse,
  endResponse,
  writeResultItem,
} from '../../../../src/kmip/messages/response.ts';
import { create } from '../../../../src/kmip/payloads/create.ts';
import { TtlvWriter } from '../../../../src/kmip/ttlv/writer.ts';

const directory = mkdtempSync(join(tmpdir(), 'bench-load-'));
let certificates: BenchCertificates;
const servers: Server[] = [];

beforeAll(async () => {
  certificates = await makeBenchCertificates(directory, Math.floor(Date.now() / 1000));
});

afterAll(() => {
  for (const server of servers) server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A server that gives each request, whole or not, to `answer`, and sends back what that returns. */
async function serve(answer: (request: Buffer) => Uint8Array | 'hang up'): Promise<Endpoint> {
  const { ca, server: own, client } = certificates;
  const server = createServer(
    {
      ...{ ca: readFileSync(ca), cert: readFileSync(own.certificate), key: readFileSync(own.key) },
      ...{ requestCert: true, rejectUnauthorized: true },
    },
    (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (request: Buffer) => {
        const bytes = answer(request);
        if (bytes === 'hang up') socket.destroy();
        else socket.write(bytes);
      });
    },
  );
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, ca, ...client };
}

/** An answer to so many items, all of which succeeded or failed. */
function answerOf(items: number, status: 0 | 1, uid = 'a'): Uint8Array {
  const writer = new TtlvWriter();
  const at = beginResponse(writer, { version: 14, timeStamp: 1n, batchCount: items });
  for (let item = 0; item < items; item += 1) {
    writeResultItem(writer, {
      operation: create.operation,
      itemId: undefined,
      status,
      ...(status === 0
        ? {
            payload: (into: TtlvWriter) => {
              create.encodeResponse(into, { objectType: 2, uid }, 14);
            },
          }
        : { reason: 1, message: 'there is no such object' }),
    });
  }
  endResponse(writer, at, items);
  return Uint8Array.from(writer.finish());
}

const jobFor = (endpoint: Endpoint, request: CaseName, more: Partial<LoadJob> = {}): LoadJob => ({
  ...{ endpoint, request, connections: 2, pace: { kind: 'closed' }, uids: ['a', 'b'] },
  ...{ warmUpMs: 20, measureMs: 100 },
  ...more,
});

describe('requests', () => {
  it.each([
    ['create', 1],
    ['get', 1],
    ['state', 1],
    ['create-get', 2],
  ] as const)('of %s are whole messages of KMIP 1.4 with %d items', (request, items) => {
    for (const bytes of encodeRequests(request, ['key-1'])) {
      const message = decodeRequest(bytes);
      expect(message.header.version).toBe(14);
      expect(message.items).toHaveLength(items);
    }
  });

  it('ask for each key once, and make keys with one request that is sent again', () => {
    expect(encodeRequests('get', ['a', 'b', 'c'])).toHaveLength(3);
    expect(encodeRequests('create', ['a', 'b', 'c'])).toHaveLength(1);
  });
});

describe('an answer', () => {
  it('counts as success when every item says so', () => {
    expect(succeeded(Buffer.from(answerOf(2, 0)), 2)).toBe(true);
    expect(succeeded(Buffer.from(answerOf(1, 0)), 2)).toBe(false);
    expect(succeeded(Buffer.from(answerOf(1, 1)), 1)).toBe(false);
  });
});

describe('load', () => {
  it('counts answers and tells when the time that counts begins and ends', async () => {
    let answered = 0;
    const endpoint = await serve(() => {
      answered += 1;
      return answerOf(1, 0);
    });
    const heard: LoadNote[] = [];
    const result = await runLoad(jobFor(endpoint, 'get'), (note) => heard.push(note));
    expect(heard).toEqual(['measuring', 'measured']);
    expect(result.requests).toBeGreaterThan(0);
    // Those that warmed the server up are not counted.
    expect(result.requests).toBeLessThan(answered);
    expect(result.perSecond).toBeGreaterThan(0);
    expect(result.p50).toBeLessThanOrEqual(result.p99);
    expect(result.p99).toBeLessThanOrEqual(result.max);
    expect(result.tls).toBe('TLSv1.3 TLS_AES_256_GCM_SHA384');
    expect(result.responseBytes).toBe(answerOf(1, 0).length);
  });

  it('keeps to its pace when the server could do more', async () => {
    const endpoint = await serve(() => answerOf(1, 0));
    const pace = { kind: 'open', perSecond: 100 } as const;
    const job = jobFor(endpoint, 'get', { pace, measureMs: 200 });
    const { requests } = await runLoad(job, () => undefined);
    expect(requests).toBe(20);
  });

  it('takes an answer that comes in pieces, byte by byte', async () => {
    const { ca, server: own, client } = certificates;
    const server = createServer(
      {
        ...{ ca: readFileSync(ca), cert: readFileSync(own.certificate) },
        key: readFileSync(own.key),
      },
      (socket) => {
        socket.on('error', () => undefined);
        socket.on('data', () => {
          for (const byte of answerOf(1, 0)) socket.write(Uint8Array.of(byte));
        });
      },
    );
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = { port: (server.address() as AddressInfo).port, ca, ...client };
    const { requests } = await runLoad(jobFor(endpoint, 'get'), () => undefined);
    expect(requests).toBeGreaterThan(0);
  });

  it('fails with the reason of a server that refuses', async () => {
    const endpoint = await serve(() => answerOf(1, 1));
    await expect(runLoad(jobFor(endpoint, 'get'), () => undefined)).rejects.toThrow(
      'the server refused: there is no such object',
    );
  });

  it('fails when one item of a batch does', async () => {
    const endpoint = await serve(() => answerOf(1, 0));
    await expect(runLoad(jobFor(endpoint, 'create-get'), () => undefined)).rejects.toThrow(
      'the server refused',
    );
  });

  it('fails when the server hangs up, says more than it was asked, or claims an absurd length', async () => {
    const run = async (answer: () => Uint8Array | 'hang up'): Promise<unknown> =>
      await runLoad(jobFor(await serve(answer), 'get'), () => undefined);
    await expect(run(() => 'hang up')).rejects.toThrow();
    await expect(run(() => Buffer.concat([answerOf(1, 0), answerOf(1, 0)]))).rejects.toThrow(
      'an answer that nobody asked for',
    );
    await expect(run(() => Buffer.from('42007b01ffffffff', 'hex'))).rejects.toThrow(
      'an answer of 4294967303 bytes',
    );
  });

  it('fails when there are no keys to ask for', async () => {
    const endpoint = await serve(() => answerOf(1, 0));
    await expect(runLoad(jobFor(endpoint, 'get', { uids: [] }), () => undefined)).rejects.toThrow(
      'there are no keys to ask for',
    );
  });
});

describe('filling', () => {
  it('makes as many keys as it was asked for and gives their identifiers', async () => {
    let made = 0;
    const endpoint = await serve(() => answerOf(1, 0, `key-${(made += 1)}`));
    const uids = await fill({ endpoint, keys: 7, connections: 3 });
    expect(new Set(uids)).toEqual(new Set(Array.from({ length: 7 }, (_, i) => `key-${i + 1}`)));
  });

  it('fails when the server makes none', async () => {
    const endpoint = await serve(() => answerOf(1, 1));
    await expect(fill({ endpoint, keys: 1, connections: 1 })).rejects.toThrow('made no key');
  });
});
