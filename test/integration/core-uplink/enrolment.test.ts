import { createHash, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect as connectHttp2, type OutgoingHttpHeaders } from 'node:http2';
import { connect, type ConnectionOptions } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Governance } from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import {
  declareGateway,
  identityOf,
  linkGateway,
  makeGateway,
  makeScene,
  TENANT,
  startDeclaredCore,
} from '../../support/core/scenario.ts';
import { makeCoreHome, startTestCore } from '../../support/core/test-core.ts';
import { issueLeaf, makeUplinkCa } from '../../support/uplink-pki.ts';
import { scoped, refusalOf } from '../../support/core/uplink-messages.ts';

describe('enrolment', () => {
  it('gives a declared gateway a generation, its scopes and signed governance', async () => {
    const test = await startTestCore();
    const { service } = await makeScene(test);
    const declared = await declareGateway(test);
    const gateway = await makeGateway(test);
    const first = await gateway.enroll();
    expect(first.generation).toBe(1n);
    expect(first.gatewayId).toBe(declared.gatewayId);
    expect(first.scopes).toMatchObject([{ ...scoped, serviceKeyId: service.serviceKeyId }]);
    const { governance, signature } = first.governance ?? { governance: Buffer.alloc(0) };
    const spki = first.core?.grantKeySpki ?? Buffer.alloc(0);
    expect(test.provider.signingKeys.verify(spki, governance, signature ?? Buffer.alloc(0))).toBe(
      true,
    );
    const read = Governance.decode(governance);
    expect(read.policies).toMatchObject([{ ...scoped, leaseTtlSeconds: 300 }]);
    expect(read.clientTrust).toMatchObject([{ tenantId: TENANT }]);
    expect((await gateway.enroll()).generation).toBe(2n);
  });

  it('refuses an identity that no gateway was declared for', async () => {
    const test = await startTestCore();
    await makeScene(test);
    const gateway = await makeGateway(test, 'stranger');
    expect(await refusalOf(gateway.enroll())).toMatchObject({ status: 7, code: 'GATEWAY_UNKNOWN' });
    const stream = gateway.connect({ generation: 1n });
    expect(await stream.ended()).toMatchObject({ status: 7, code: 'GATEWAY_UNKNOWN' });
  });

  it('refuses a certificate with two URI names, with none, and with a name that is not the declared one', async () => {
    const test = await startDeclaredCore();
    const certificates = [
      [identityOf('edge-1'), 'spiffe://test/gateway/edge-2'],
      [],
      ['spiffe://other/gateway/edge-1'],
    ];
    for (const uris of certificates) {
      const credentials = await issueLeaf(test.home.ca, {
        usage: 'client',
        uris,
        dnsNames: ['edge-1'],
      });
      const gateway = await makeGateway(test, 'edge-1', { credentials });
      expect(await refusalOf(gateway.enroll())).toMatchObject({ code: 'GATEWAY_UNKNOWN' });
    }
  });

  it('refuses the TLS handshake for a certificate of another CA, one that has ended, and one for servers', async () => {
    const test = await startDeclaredCore();
    const uris = [identityOf('edge-1')];
    const wrong = [
      await issueLeaf(await makeUplinkCa('Other CA'), { usage: 'client', uris }),
      await issueLeaf(test.home.ca, {
        usage: 'client',
        uris,
        notBefore: Date.now() - 7_200_000,
        notAfter: Date.now() - 3_600_000,
      }),
      await issueLeaf(test.home.ca, { usage: 'server', uris }),
    ];
    for (const credentials of wrong) {
      const gateway = await makeGateway(test, 'edge-1', { credentials });
      expect(await refusalOf(gateway.enroll())).toMatchObject({ status: 14, code: undefined });
    }
    expect(test.log.withMessage('uplink connection refused').length).toBeGreaterThanOrEqual(3);
  });

  it('refuses a name that is not the one of the identity', async () => {
    const test = await startDeclaredCore();
    const gateway = await makeGateway(test);
    const refusal = await refusalOf(gateway.enroll({ gatewayName: 'edge-2' }));
    expect(refusal.code).toBe('GATEWAY_UNKNOWN');
  });

  it('refuses copies of a vault: an older count, the same count in another process, another gateway', async () => {
    const test = await startDeclaredCore();
    await declareGateway(test, 'edge-2');
    const vaultId = randomUUID();
    const original = await makeGateway(test, 'edge-1', { vaultId, vaultGeneration: 5n });
    await original.enroll();
    const restored = await makeGateway(test, 'edge-1', { vaultId, vaultGeneration: 4n });
    expect(await refusalOf(restored.enroll())).toMatchObject({ code: 'SUPERSEDED' });
    const clone = await makeGateway(test, 'edge-1', { vaultId, vaultGeneration: 5n });
    expect(await refusalOf(clone.enroll())).toMatchObject({ code: 'SUPERSEDED' });
    const elsewhere = await makeGateway(test, 'edge-2', { vaultId, vaultGeneration: 9n });
    expect(await refusalOf(elsewhere.enroll())).toMatchObject({ code: 'SUPERSEDED' });
    // The same process after a cut, and the next start of the same vault.
    expect((await original.enroll()).generation).toBe(2n);
    const next = await makeGateway(test, 'edge-1', { vaultId, vaultGeneration: 6n });
    expect((await next.enroll()).generation).toBe(3n);
  });

  it('refuses a second instance with another vault while the first one is alive', async () => {
    const test = await startDeclaredCore();
    const { stream } = await linkGateway(test);
    const second = await makeGateway(test);
    expect(await refusalOf(second.enroll())).toMatchObject({ code: 'SUPERSEDED' });
    stream.cancel();
    await expect
      .poll(
        async () =>
          await second.enroll().then(
            () => 'enrolled',
            () => 'refused',
          ),
        {
          timeout: 10_000,
        },
      )
      .toBe('enrolled');
  });

  it('refuses to govern a gateway that knows a later epoch of the same core', async () => {
    const test = await startDeclaredCore();
    const gateway = await makeGateway(test);
    const { clusterId, epoch } = test.core.facts;
    const lastCore = { clusterId, epoch: BigInt(epoch) + 1n, resumeToken: new Uint8Array() };
    expect(await refusalOf(gateway.enroll({ lastCore }))).toMatchObject({ code: 'EPOCH_STALE' });
    expect(test.log.text()).toContain('later epoch');
  });

  it('refuses sealing keys that are not P-384 keys', async () => {
    const test = await startDeclaredCore();
    const gateway = await makeGateway(test);
    const spkiDer = Buffer.alloc(120, 7);
    const keyId = createHash('sha256').update(spkiDer).digest();
    const refusal = await refusalOf(
      gateway.enroll({ sealingKeys: [{ keyId, scheme: 1, spkiDer, bootEphemeral: true }] }),
    );
    expect(refusal).toMatchObject({ code: 'FRAME_INVALID' });
  });

  it('takes up new certificate files without a restart, and keeps the old ones when they are bad', async () => {
    const home = await makeCoreHome();
    const test = await startTestCore({ home });
    await makeScene(test);
    await declareGateway(test);
    const { stream } = await linkGateway(test);
    writeFileSync(home.tls.certificate, 'not a certificate');
    test.core.reload();
    expect(test.log.text()).toContain('the old ones stay');
    const ca = await makeUplinkCa('Next CA');
    const leaf = await issueLeaf(ca, { usage: 'server', dnsNames: ['localhost'] });
    writeFileSync(home.tls.certificate, leaf.certificatePem);
    writeFileSync(home.tls.key, leaf.keyPem);
    test.core.reload();
    const gateway = await makeGateway(test, 'edge-1', { caPem: ca.certificatePem });
    expect(await refusalOf(gateway.enroll())).toMatchObject({ code: 'SUPERSEDED' });
    stream.heartbeat(1n);
    await stream.next('heartbeatAck');
  });
});

describe('the port for gateways', () => {
  it('speaks TLS 1.3 alone, and only to those who show a certificate', async () => {
    const test = await startTestCore();
    const port = Number(test.core.facts.uplinkAddress.split(':').at(-1));
    const leaf = await issueLeaf(test.home.ca, { usage: 'client', uris: [identityOf('edge-1')] });
    const end = async (options: ConnectionOptions): Promise<string> => {
      const socket = connect({
        ...{ port, host: '127.0.0.1', ca: test.home.ca.certificatePem, ALPNProtocols: ['h2'] },
        ...{ cert: leaf.certificatePem, key: leaf.keyPem, servername: 'localhost' },
        ...options,
      });
      onTestFinished(() => {
        socket.destroy();
      });
      return await new Promise((resolve) => {
        socket.on('error', (error: NodeJS.ErrnoException) => {
          resolve(error.code ?? error.message);
        });
        // A server of HTTP/2 speaks first.
        socket.once('data', () => {
          resolve(socket.getProtocol() ?? '');
        });
        socket.once('close', () => {
          resolve('closed');
        });
      });
    };
    expect(await end({})).toBe('TLSv1.3');
    expect(await end({ maxVersion: 'TLSv1.2' })).toMatch(/PROTOCOL_VERSION|ALERT/);
    expect(await end({ cert: undefined, key: undefined })).toMatch(/CERTIFICATE_REQUIRED|closed/);
    expect(await end({ ALPNProtocols: ['http/1.1'] })).not.toBe('TLSv1.3');
  });

  it('refuses calls that are no gRPC, unknown or compressed, and serves on', async () => {
    const test = await startTestCore();
    const leaf = await issueLeaf(test.home.ca, { usage: 'client', uris: [identityOf('edge-1')] });
    const session = connectHttp2(`https://${test.core.facts.uplinkAddress}`, {
      ...{ ca: test.home.ca.certificatePem, cert: leaf.certificatePem, key: leaf.keyPem },
    });
    onTestFinished(() => {
      session.destroy();
    });
    const grpc = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
    const call = async (headers: OutgoingHttpHeaders): Promise<string> => {
      const stream = session.request({ ...grpc, ...headers });
      stream.end();
      stream.resume();
      return await new Promise((resolve) => {
        stream.once('response', (answer) => {
          resolve(String(answer['grpc-status'] ?? answer[':status']));
        });
        stream.once('error', (error: Error) => {
          resolve(error.message);
        });
      });
    };
    const enrol = '/cryptobroker.gateway.v1.EnrollmentService/Enroll';
    expect(await call({ ':path': '/a.b/C' })).toBe('12');
    expect(await call({ ':path': enrol, 'content-type': 'text/html' })).toMatch(/REFUSED/);
    expect(await call({ ':path': enrol, 'grpc-encoding': 'gzip' })).toMatch(/REFUSED/);
    // A header that names another connection's peer is overwritten.
    expect(await call({ ':path': enrol, 'cryptobroker-peer': '999' })).toMatch(/^(13|3|12)$/);
  });
});
