import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KmipPort } from '../../../../src/gateway/listener/kmip-port.ts';
import { deferred } from '../../../support/deferred.ts';
import { expectFailure } from '../../../support/failures.ts';
import {
  acmeCa,
  ask,
  clientCertificate,
  closed,
  dial,
  emptyRequest,
  LIMITS,
  nextResponse,
  openPort,
  otherCa,
  REAL_CLOCK,
  serverCa,
  serverCertificate,
  trustIn,
  writePortFiles,
} from '../../../support/gateway/open-port.ts';
import { TestLog } from '../../../support/gateway/key-side.ts';
import { makeCa, makeCertificate } from '../../../support/handmade-certificates.ts';
import { scratchDirectory } from '../../../support/scratch.ts';
import { waitFor } from '../../../support/wait-for.ts';

const client = clientCertificate();

/** A TCP connection that says no TLS. */
async function tcp(port: number): Promise<Socket> {
  const socket = connectTcp({ host: '127.0.0.1', port });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

describe('the KMIP port', () => {
  it.each(['TLSv1.3', 'TLSv1.2'] as const)('serves a client whom a rule knows over %s', async (version) => {
    const { port, served, faults } = await openPort();
    const socket = await dial(port, client, { minVersion: version, maxVersion: version });
    expect(socket.getProtocol()).toBe(version);
    for (let count = 0; count < 3; count += 1) expect((await ask(socket)).status).toBe(0);
    expect(served).toEqual(Array(3).fill('spiffe://acme/app'));
    expect(faults).toEqual([]);
  });

  it('has an RSA and an EC certificate side by side', async () => {
    const [rsa, ec] = [serverCertificate(2048), serverCertificate()];
    const { port } = await openPort({ certificates: [rsa, ec] });
    for (const [kind, certificate] of [
      ['RSA', rsa],
      ['ECDSA', ec],
    ] as const) {
      const socket = await dial(port, client, {
        maxVersion: 'TLSv1.2',
        ciphers: `ECDHE-${kind}-AES256-GCM-SHA384`,
      });
      expect(socket.getPeerCertificate().raw).toEqual(certificate.der);
      expect((await ask(socket)).status).toBe(0);
    }
  });

  it('answers a client that has closed its half', async () => {
    const { port } = await openPort();
    const socket = await dial(port, client);
    const response = nextResponse(socket);
    socket.end(emptyRequest());
    expect((await response).items[0]?.status).toBe(0);
  });

  it.each([
    ['without a certificate', undefined],
    ['with a certificate of a CA that no tenant has', clientCertificate('spiffe://acme/a', makeCa('x'))],
    ['with a certificate of its own making', makeCertificate()],
    ['with a certificate of a CA of the same name', clientCertificate('spiffe://acme/a', makeCa('acme root'))],
  ])('says nothing to a client %s', async (_what, certificate) => {
    const { port, served, log } = await openPort();
    const socket = await dial(port, certificate).catch(() => undefined);
    socket?.write(emptyRequest());
    if (socket !== undefined) expect(await closed(socket)).toBe(0);
    expect(served).toEqual([]);
    expect(log.with('info', 'TLS handshake with a KMIP client failed')).toHaveLength(1);
  });

  it.each([
    ['whom no rule knows', clientCertificate('spiffe://acme.evil/app')],
    ['with two identities', makeCertificate()],
    ['of another tenant’s CA', clientCertificate('spiffe://acme/app', otherCa)],
  ])('tells a client %s that it is not accepted, and closes', async (_what, certificate) => {
    const trust = [trustIn('acme', acmeCa), trustIn('other', otherCa)];
    const { port, served, log } = await openPort({ trust });
    const known = certificate.subject.includes('somebody') && _what.startsWith('with two');
    const socket = await dial(port, known ? twoIdentities() : certificate);
    const { status, reason, message } = await ask(socket);
    expect([status, reason, message]).toEqual([1, 3, 'the client certificate is not accepted']);
    await closed(socket);
    expect(served).toEqual([]);
    expect(log.with('warn', 'KMIP client refused')).toHaveLength(1);
  });

  it('lets nobody in as long as nobody is trusted', async () => {
    const { port, kmip } = await openPort({ trust: [] });
    const refused = await dial(port, client);
    refused.write(emptyRequest());
    expect(await closed(refused)).toBe(0);
    kmip.setTrust([trustIn('acme', acmeCa)]);
    expect((await ask(await dial(port, client))).status).toBe(0);
  });

  it.each([
    ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }],
    ['a suite without AES-GCM', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' }],
    ['a suite without forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES256-GCM-SHA384' }],
    ['a curve of its own', { ecdhCurve: 'X25519' }],
  ] as const)('refuses %s', async (_what, options) => {
    const { port, log } = await openPort({ certificates: [serverCertificate(2048), serverCertificate()] });
    await expect(dial(port, client, options)).rejects.toThrow();
    await waitFor(() => {
      expect(log.with('info', 'TLS handshake with a KMIP client failed')).toHaveLength(1);
    });
  });

  it('resumes no session and renegotiates nothing', async () => {
    const { port } = await openPort();
    const first = await dial(port, client, { maxVersion: 'TLSv1.2' });
    await ask(first);
    const session = first.getSession();
    if (session === undefined) throw new Error('no session');
    const second = await dial(port, client, { maxVersion: 'TLSv1.2', session });
    expect(second.isSessionReused()).toBe(false);
    await ask(second);

    const third = await dial(port, client);
    const tickets: Buffer[] = [];
    third.on('session', (ticket: Buffer) => tickets.push(ticket));
    await ask(third);
    for (const ticket of tickets) {
      const again = await dial(port, client, { session: ticket });
      expect(again.isSessionReused()).toBe(false);
    }

    const renegotiated = new Promise((resolve) => {
      first.renegotiate({}, resolve);
      first.on('error', resolve);
      first.on('close', () => {
        resolve(new Error('closed'));
      });
    });
    expect(await renegotiated).toBeInstanceOf(Error);
  });
});

/** A certificate of the tenant's CA with two SPIFFE IDs. */
function twoIdentities() {
  return clientCertificateWith(['spiffe://acme/app', 'spiffe://acme/other']);
}
