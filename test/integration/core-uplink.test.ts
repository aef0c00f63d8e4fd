import { createHash, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect as connectHttp2, type OutgoingHttpHeaders } from 'node:http2';
import { connect, type ConnectionOptions } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  EventKind,
  Governance,
  GrantResult,
  GrantTerms,
  SealedKey,
  TunnelOutcome,
} from '../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { AdminFailure, CORE_ADMIN } from '../support/core/admin-client.ts';
import { encodeEntry, makeEntry, Refused } from '../support/core/hand-gateway.ts';
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
import { makeCoreHome, startTestCore } from '../support/core/test-core.ts';
import { encodeCommand, type TestCommand } from '../support/core/test-executor.ts';
import { deferred } from '../support/deferred.ts';
import { testExecutor } from '../support/core/test-executor.ts';
import { createPureProvider } from '../../src/x509/pure-provider.ts';
import { issueLeaf, makeUplinkCa } from '../support/uplink-pki.ts';

const scoped = { tenantId: TENANT, serviceId: SERVICE };

async function refusalOf(action: Promise<unknown>): Promise<Refused> {
  const error: unknown = await action.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Refused);
  return error as Refused;
}

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
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
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
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
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
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const gateway = await makeGateway(test);
    const refusal = await refusalOf(gateway.enroll({ gatewayName: 'edge-2' }));
    expect(refusal.code).toBe('GATEWAY_UNKNOWN');
  });

  it('refuses copies of a vault: an older count, the same count in another process, another gateway', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
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
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
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
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const gateway = await makeGateway(test);
    const { clusterId, epoch } = test.core.facts;
    const lastCore = { clusterId, epoch: BigInt(epoch) + 1n, resumeToken: new Uint8Array() };
    expect(await refusalOf(gateway.enroll({ lastCore }))).toMatchObject({ code: 'EPOCH_STALE' });
    expect(test.log.text()).toContain('later epoch');
  });

  it('refuses sealing keys that are not P-384 keys', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
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

describe('the stream', () => {
  it('begins with welcome and the flushed lane 0, then grants that open to the same key', async () => {
    const test = await startTestCore();
    const { service } = await makeScene(test);
    await declareGateway(test);
    const gateway = await makeGateway(test);
    const enrolled = await gateway.enroll();
    const stream = gateway.connect();
    expect((await stream.any()).$case).toBe('welcome');
    expect((await stream.any()).$case).toBe('laneFlushed');
    expect((await stream.any()).$case).toBe('governance');
    const { key, terms, grant } = await takeGrant(gateway, stream);
    expect(Buffer.from(key.checkValue)).toEqual(
      Buffer.from(service.versions[0]?.keyCheckValue ?? []),
    );
    expect(terms).toMatchObject({
      ...scoped,
      gatewayId: enrolled.gatewayId,
      clusterId: test.core.facts.clusterId,
      serviceKeyId: service.serviceKeyId,
      version: 1,
      state: 1,
      leaseTtlSeconds: 300,
      maxOfflineSeconds: 86_400,
      sequence: 1n,
    });
    const signed = Buffer.concat([
      createHash('sha384').update(grant.terms).digest(),
      createHash('sha384')
        .update(SealedKey.encode(grant.sealedKey ?? raise()).finish())
        .digest(),
    ]);
    const spki = enrolled.core?.grantKeySpki ?? raise();
    expect(test.provider.signingKeys.verify(spki, signed, grant.coreSignature)).toBe(true);
  });

  it('seals to the terms: an altered grant does not open, and its signature does not fit', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const gateway = await makeGateway(test);
    await gateway.enroll();
    const stream = gateway.connect();
    const grant = await stream.next('serviceKeyGrant');
    const terms = GrantTerms.decode(grant.terms);
    for (const change of [{ version: 2 }, { tenantId: 'other' }, { maxOfflineSeconds: 1e9 }]) {
      const altered = { ...grant, terms: GrantTerms.encode({ ...terms, ...change }).finish() };
      expect(() => gateway.unseal(altered)).toThrow(/damaged/);
    }
    const other = await makeGateway(test, 'edge-1');
    expect(() => other.unseal(grant)).toThrow(/damaged/);
  });

  it('renews leases in heartbeats as long as they may go on, and names no others', async () => {
    const test = await startTestCore();
    const { service } = await makeScene(test);
    await declareGateway(test);
    const { stream, terms } = await linkGateway(test);
    const loaded = [
      { serviceKeyId: terms.serviceKeyId, version: 1 },
      { serviceKeyId: 'foreign', version: 1 },
    ];
    stream.heartbeat(1n, { loaded });
    const ack = await stream.next('heartbeatAck');
    expect(ack.sequence).toBe(1n);
    expect(ack.renewed).toEqual([{ serviceKeyId: service.serviceKeyId, version: 1 }]);
    await test.admin.call(CORE_ADMIN.setServiceKeyState, {
      ...scoped,
      version: 1,
      state: 3,
      dryRun: false,
    });
    const event = await stream.next('event');
    expect(event.kind).toBe(EventKind.EVENT_KIND_SERVICE_KEY_SUSPENDED);
    stream.heartbeat(2n, { loaded });
    expect((await stream.next('heartbeatAck')).renewed).toEqual([]);
  });

  it('sends nothing of a grant twice while it is loaded, and again when it was refused', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const gateway = await makeGateway(test);
    await gateway.enroll();
    const stream = gateway.connect();
    const first = await stream.next('serviceKeyGrant');
    stream.acknowledgeGrant(first, new Uint8Array(), GrantResult.GRANT_RESULT_BAD_ENVELOPE);
    stream.heartbeat(1n);
    const { terms } = await takeGrant(gateway, stream);
    expect(terms.sequence).toBe(2n);
    stream.heartbeat(2n, { loaded: [{ serviceKeyId: terms.serviceKeyId, version: 1 }] });
    await stream.next('heartbeatAck');
    await stream.next('heartbeatAck');
    expect(stream.frames.filter(({ $case }) => $case === 'serviceKeyGrant')).toEqual([]);
  });

  it('ends the link of a gateway whose key check value is another', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const gateway = await makeGateway(test);
    await gateway.enroll();
    const stream = gateway.connect();
    stream.acknowledgeGrant(await stream.next('serviceKeyGrant'), Buffer.alloc(8, 1));
    expect((await stream.next('error')).code).toBe(6);
    expect(await stream.ended()).toMatchObject({ code: 'SERVICE_KEY_UNAVAILABLE' });
    expect(test.log.text()).toContain('holds another key');
  });

  it('answers a request for a service key that the gateway may have, and no other', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await makeScene(test, 'globex');
    await declareGateway(test);
    const { gateway, stream } = await linkGateway(test);
    const ask = (tenantId: string): void => {
      stream.send({
        $case: 'serviceKeyRequest',
        value: { tenantId, serviceId: SERVICE, version: 0 },
      });
    };
    ask('globex');
    ask(TENANT);
    const { terms } = await takeGrant(gateway, stream);
    expect(terms.tenantId).toBe(TENANT);
    stream.heartbeat(1n, { loaded: [{ serviceKeyId: terms.serviceKeyId, version: 1 }] });
    await stream.next('heartbeatAck');
    expect(stream.frames.filter(({ $case }) => $case === 'serviceKeyGrant')).toEqual([]);
  });

  it('is superseded by a second stream of the same generation, and refused for an older one', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const gateway = await makeGateway(test);
    await gateway.enroll();
    const first = gateway.connect();
    await first.next('welcome');
    const second = gateway.connect();
    await second.next('welcome');
    await first.next('supersede');
    expect(await first.ended()).toMatchObject({ code: 'SUPERSEDED' });
    await gateway.enroll();
    const stale = gateway.connect({ generation: 1n });
    expect(await stale.ended()).toMatchObject({ code: 'SUPERSEDED' });
  });

  it('closes a stream that is silent for too long', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const { stream } = await linkGateway(test);
    expect(await stream.ended()).toBe('ended');
    expect(test.log.text()).toContain('gateway is silent');
  });

  it('ends streams that break the rules with a word, and serves on', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const gateway = await makeGateway(test);
    await gateway.enroll();
    const hostile: readonly Uint8Array[] = [
      Buffer.from('ffffffffff', 'hex'),
      // A heartbeat before hello.
      Buffer.from('1200', 'hex'),
      Buffer.alloc(1000, 0x0a),
      Buffer.from('0a0408ffffff', 'hex'),
    ];
    for (const bytes of hostile) {
      const stream = gateway.open();
      stream.sendBytes(bytes);
      expect((await stream.next('error')).code).toBe(10);
      expect(await stream.ended()).toMatchObject({ code: 'FRAME_INVALID' });
    }
    const twice = gateway.connect();
    await twice.next('welcome');
    twice.hello({ generation: gateway.generation });
    expect((await twice.next('error')).code).toBe(10);
    const ahead = gateway.connect();
    await ahead.next('laneFlushed');
    ahead.send({
      $case: 'eventAck',
      value: { lane: 0, laneSequence: 99n, appliedAt: { seconds: 1n, nanos: 0 } },
    });
    expect(await ahead.ended()).toMatchObject({ code: 'FRAME_INVALID' });
    const good = gateway.connect();
    await good.next('serviceKeyGrant');
  });

  it('ends a flood of frames', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const { stream } = await linkGateway(test);
    for (let index = 0; index < 3000; index += 1) stream.sendBytes(new Uint8Array());
    expect((await stream.next('error')).code).toBe(9);
  });
});

describe('events', () => {
  it('are pushed at once, wait for a gateway that is away, and come in order until acknowledged', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const { gateway, stream, key, terms } = await linkGateway(test);
    const entries = [0, 1, 2].map(() =>
      makeEntry(test.provider, key, { ...scoped, ...versionOf(terms) }),
    );
    await stream.outbox(
      1n,
      entries.map((entry) => encodeEntry(entry)),
    );
    const act = async (index: number, action: string): Promise<void> => {
      await test.admin.call(CORE_ADMIN.setKeyState, {
        tenantId: TENANT,
        uid: entries[index]?.uid ?? '',
        action,
        reasonCode: 0,
        reasonMessage: 'test',
        dryRun: false,
      });
    };
    await act(0, 'suspend');
    const pushed = await stream.next('event');
    expect(pushed).toMatchObject({
      ...scoped,
      kind: EventKind.EVENT_KIND_KEY_SUSPENDED,
      lane: 0,
      laneSequence: 1n,
      uid: entries[0]?.uid,
    });
    stream.acknowledge(pushed);
    stream.cancel();
    await act(1, 'compromise');
    await act(0, 'resume');
    await act(2, 'destroy');
    const again = gateway.connect({ applied: { lane0: 1n, lane1: 0n, lane2: 0n } });
    expect((await again.any()).$case).toBe('welcome');
    const early = [await again.next('event'), await again.next('event')];
    expect(early.map(({ lane, laneSequence, kind }) => [lane, laneSequence, kind])).toEqual([
      [0, 2n, EventKind.EVENT_KIND_KEY_COMPROMISED],
      [0, 3n, EventKind.EVENT_KIND_KEY_DESTROYED],
    ]);
    expect(early[0]).toMatchObject({ reasonCode: 2, reasonMessage: 'test' });
    expect((await again.next('laneFlushed')).lane0).toBe(3n);
    expect(await again.next('event')).toMatchObject({
      lane: 1,
      laneSequence: 1n,
      kind: EventKind.EVENT_KIND_KEY_RESUMED,
    });
    // Not acknowledged: they come again.
    again.cancel();
    const third = gateway.connect({ applied: { lane0: 2n, lane1: 0n, lane2: 0n } });
    expect(await third.next('event')).toMatchObject({ lane: 0, laneSequence: 3n });
  });

  it('overtake grants: a lane 0 event leaves before anything else after hello', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const gateway = await makeGateway(test);
    await gateway.enroll();
    await test.admin.call(CORE_ADMIN.setTenantState, {
      tenantId: TENANT,
      state: 'SUSPENDED',
      dryRun: false,
    });
    const stream = gateway.connect();
    const kinds = [await stream.any(), await stream.any(), await stream.any()];
    expect(kinds.map(({ $case }) => $case)).toEqual(['welcome', 'event', 'laneFlushed']);
    stream.heartbeat(1n);
    await stream.next('heartbeatAck');
    expect(stream.frames.filter(({ $case }) => $case === 'serviceKeyGrant')).toEqual([]);
  });

  it('bring grants back when a tenant is restored, after the event was applied', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const { gateway, stream, terms } = await linkGateway(test);
    const set = async (state: string): Promise<void> => {
      await test.admin.call(CORE_ADMIN.setTenantState, { tenantId: TENANT, state, dryRun: false });
    };
    await set('SUSPENDED');
    stream.acknowledge(await stream.next('event'));
    stream.heartbeat(1n, { loaded: [] });
    await stream.next('heartbeatAck');
    await set('ACTIVE');
    const restored = await stream.next('event');
    expect(restored.kind).toBe(EventKind.EVENT_KIND_TENANT_RESTORED);
    const early = await stream.next('serviceKeyGrant');
    // A gateway that has not applied the event yet finds it stale.
    stream.acknowledgeGrant(early, new Uint8Array(), GrantResult.GRANT_RESULT_STALE);
    stream.acknowledge(restored);
    const late = await takeGrant(gateway, stream);
    expect(late.terms.sequence).toBeGreaterThan(terms.sequence);
  });

  it('are sent anew as restrictions when the vault is older than the log', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const { gateway, stream, key, terms } = await linkGateway(test);
    const entry = makeEntry(test.provider, key, { ...scoped, ...versionOf(terms) });
    await stream.outbox(1n, [encodeEntry(entry)]);
    const { uid } = entry;
    await test.admin.call(CORE_ADMIN.setKeyState, {
      ...{ tenantId: TENANT, uid, action: 'destroy', dryRun: false },
      ...{ reasonCode: 0, reasonMessage: '' },
    });
    stream.acknowledge(await stream.next('event'));
    stream.heartbeat(1n, { applied: { lane0: 1n, lane1: 0n, lane2: 0n } });
    await stream.next('heartbeatAck');
    stream.cancel();
    // The same gateway with a vault of before, which still has the key.
    const older = gateway.connect({ applied: { lane0: 0n, lane1: 0n, lane2: 0n }, keys: 1n });
    expect((await older.next('welcome')).resumeOk).toBe(false);
    expect(await older.next('event')).toMatchObject({
      ...{ lane: 0, laneSequence: 1n, uid },
      kind: EventKind.EVENT_KIND_KEY_DESTROYED,
    });
    await older.next('laneFlushed');
  });

  it('are sent anew to a vault that was never seen and has keys, whatever position it tells', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const { stream, key, terms } = await linkGateway(test);
    const entry = makeEntry(test.provider, key, { ...scoped, ...versionOf(terms) });
    await stream.outbox(1n, [encodeEntry(entry)]);
    const { uid } = entry;
    await test.admin.call(CORE_ADMIN.setKeyState, {
      ...{ tenantId: TENANT, uid, action: 'compromise', dryRun: false },
      ...{ reasonCode: 0, reasonMessage: '' },
    });
    stream.acknowledge(await stream.next('event'));
    stream.heartbeat(1n, { applied: { lane0: 1n, lane1: 0n, lane2: 0n } });
    await stream.next('heartbeatAck');
    stream.cancel();
    await stream.ended();
    const restored = await makeGateway(test);
    await restored.enroll();
    const again = restored.connect({ applied: { lane0: 1n, lane1: 0n, lane2: 0n }, keys: 1n });
    expect((await again.next('welcome')).resumeOk).toBe(false);
    expect(await again.next('event')).toMatchObject({
      ...{ lane: 0, uid },
      kind: EventKind.EVENT_KIND_KEY_COMPROMISED,
    });
    // From then on it is like any other: what it has applied does not come back.
    again.cancel();
    await again.ended();
    const known = restored.connect({ applied: { lane0: 2n, lane1: 0n, lane2: 0n }, keys: 1n });
    expect((await known.next('welcome')).resumeOk).toBe(false);
    await known.next('laneFlushed');
    expect(known.frames.filter(({ $case }) => $case === 'event')).toEqual([]);
  });

  it('reach a decommissioned gateway once more, and then nothing does', async () => {
    const test = await startTestCore();
    await makeScene(test);
    const { gatewayId } = await declareGateway(test);
    const gateway = await makeGateway(test);
    await gateway.enroll();
    await test.admin.call(CORE_ADMIN.decommissionGateway, { gatewayId, dryRun: false });
    const enrolled = await gateway.enroll();
    expect(enrolled.scopes).toEqual([]);
    const stream = gateway.connect();
    const event = await stream.next('event');
    expect(event.kind).toBe(EventKind.EVENT_KIND_GATEWAY_DECOMMISSIONED);
    stream.acknowledge(event);
    stream.heartbeat(1n);
    await stream.next('heartbeatAck');
    expect(await refusalOf(gateway.enroll())).toMatchObject({ code: 'GATEWAY_UNKNOWN' });
  });
});

describe('the outbox', () => {
  it('is settled once per entry, and answered alike when it comes again', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const { stream, key, terms } = await linkGateway(test);
    const facts = { ...scoped, ...versionOf(terms) };
    const entry = makeEntry(test.provider, key, facts);
    const bytes = encodeEntry(entry);
    const accepted = await stream.outbox(1n, [bytes]);
    expect(accepted).toEqual({
      outcomes: [{ sequence: 1n, result: 1, reason: '' }],
      acknowledged: 1n,
    });
    expect((await stream.outbox(1n, [bytes])).outcomes[0]?.result).toBe(2);
    const other = makeEntry(test.provider, key, { ...facts, uid: entry.uid });
    const sameId = makeEntry(test.provider, key, { ...facts, entryId: entry.entryId });
    const conflicts = await stream.outbox(2n, [encodeEntry(other), encodeEntry(sameId)]);
    expect(conflicts.outcomes.map(({ result }) => result)).toEqual([3, 3]);
    const details = await test.admin.call(CORE_ADMIN.getKey, {
      tenantId: TENANT,
      uid: entry.uid,
    });
    expect(details).toMatchObject({ uid: entry.uid, state: 2, escrowed: true });
  });

  it('refuses entries that are wrong, each for itself', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await makeScene(test, 'globex');
    await declareGateway(test);
    const { stream, key, terms } = await linkGateway(test);
    const make = (changes: Partial<Parameters<typeof makeEntry>[2]>): Uint8Array =>
      encodeEntry(makeEntry(test.provider, key, { ...scoped, ...versionOf(terms), ...changes }));
    const wrapped = Buffer.alloc(40, 9);
    const wrong: Readonly<Record<string, Uint8Array>> = {
      'outside the scopes of the gateway': make({ tenantId: 'globex' }),
      'the service has no such service key': make({ serviceKeyVersion: 9 }),
      'a new key is pre-active or active': make({ state: 5 }),
      'entry_id is wrong': make({ entryId: Buffer.alloc(15) }),
      'uid is wrong': make({ uid: 'ä' }),
      'kind is wrong': make({ kind: 2 }),
      'object_type is wrong': make({ objectType: 7 }),
      'digest is wrong': make({ digest: Buffer.alloc(3) }),
      'attributes cannot be read': make({ attributes: Buffer.from('junk') }),
      'the wrapped key is not the one of its digest': make({ wrappedSha256: Buffer.alloc(32) }),
      'the key is not the one of its digest': make({ digest: Buffer.alloc(32) }),
      'the wrapped key does not unwrap under its service key': make({
        wrapped,
        wrappedSha256: createHash('sha256').update(wrapped).digest(),
      }),
      'the entry cannot be read': Buffer.from('ffffff', 'hex'),
    };
    const ack = await stream.outbox(1n, [...Object.values(wrong), make({})]);
    expect(ack.outcomes.map(({ result }) => result)).toEqual([
      ...Object.keys(wrong).map(() => 4),
      1,
    ]);
    expect(ack.outcomes.map(({ reason }) => reason)).toEqual([...Object.keys(wrong), '']);
    expect(ack.acknowledged).toBe(BigInt(Object.keys(wrong).length + 1));
  });

  it('takes keys of a rotated and of a suspended version, none of a compromised one or a revoked tenant', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const { stream, key, terms } = await linkGateway(test);
    const bytes = (): Uint8Array =>
      encodeEntry(makeEntry(test.provider, key, { ...scoped, ...versionOf(terms), offline: true }));
    const settle = async (sequence: bigint): Promise<number | undefined> =>
      (await stream.outbox(sequence, [bytes()])).outcomes[0]?.result;
    await test.admin.call(CORE_ADMIN.rotateServiceKey, scoped);
    expect(await settle(1n)).toBe(1);
    const set = async (state: 3 | 4): Promise<void> => {
      await test.admin.call(CORE_ADMIN.setServiceKeyState, {
        ...scoped,
        ...{ version: 1, state, dryRun: false },
      });
    };
    await set(3);
    expect(await settle(2n)).toBe(1);
    await set(4);
    expect(await settle(3n)).toBe(4);
    await test.admin.call(CORE_ADMIN.setTenantState, {
      ...{ tenantId: TENANT, state: 'REVOKED', dryRun: false },
    });
    expect(await settle(4n)).toBe(4);
  });
});

describe('rotation', () => {
  it('grants the new version first, then the old one for unwrapping alone', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const { gateway, stream } = await linkGateway(test);
    const rotated = await test.admin.call(CORE_ADMIN.rotateServiceKey, scoped);
    expect(rotated.versions.map(({ version, state }) => [version, state])).toEqual([
      [1, 2],
      [2, 1],
    ]);
    expect((await stream.next('event')).kind).toBe(EventKind.EVENT_KIND_SERVICE_KEY_ROTATED);
    const grants = [await takeGrant(gateway, stream), await takeGrant(gateway, stream)];
    expect(grants.map(({ terms }) => [terms.version, terms.state])).toEqual([
      [2, 1],
      [1, 2],
    ]);
    expect(grants[0]?.key.checkValue).not.toEqual(grants[1]?.key.checkValue);
  });
});

describe('the tunnel', () => {
  it('executes, changes, answers with directives, and gives the same answer to the same request', async () => {
    const test = await startTestCore();
    const { client } = await makeScene(test);
    await declareGateway(test);
    await declareGateway(test, 'edge-2');
    const { gateway, key } = await linkGateway(test);
    const sibling = await linkGateway(test, 'edge-2');
    const uid = randomUUID();
    const register = request({ do: 'register', uid, key: 'ab'.repeat(32) }, client.certificatePem);
    const registered = await gateway.tunnel(register);
    expect(registered.outcome).toBe(TunnelOutcome.TUNNEL_OUTCOME_EXECUTED);
    const put = registered.directives[0]?.directive;
    expect(put?.$case).toBe('put');
    if (put?.$case !== 'put') throw new Error('no key');
    expect(put.value).toMatchObject({ uid, state: 1, serviceKeyVersion: 1 });
    // The vault can use it: it is wrapped under the service key that the gateway holds.
    const adopted = test.provider.dataKeys.adopt(key, put.value.wrapped, Buffer.from('h'));
    expect(Buffer.from(adopted.digest)).toEqual(
      createHash('sha256')
        .update(Buffer.from('ab'.repeat(32), 'hex'))
        .digest(),
    );
    const repeated = await gateway.tunnel(register);
    expect(repeated.outcome).toBe(TunnelOutcome.TUNNEL_OUTCOME_REPLAYED);
    expect({ ...repeated, outcome: 0 }).toEqual({ ...registered, outcome: 0 });
    const other = { ...register, rawRequest: encodeCommand({ do: 'get', uid }) };
    expect(await refusalOf(gateway.tunnel(other))).toMatchObject({ code: 'FRAME_INVALID' });

    const destroy = request(
      { do: 'transition', uid, transition: { kind: 'destroy', by: 'client' } },
      client.certificatePem,
    );
    const destroyed = await gateway.tunnel(destroy);
    expect(destroyed.directives).toMatchObject([
      { directive: { $case: 'setState', value: { uid, state: 5 } } },
    ]);
    expect(await sibling.stream.next('event')).toMatchObject({
      ...{ uid, kind: EventKind.EVENT_KIND_KEY_DESTROYED, correlationId: 'correlation' },
    });
    const details = await test.admin.call(CORE_ADMIN.getKey, { tenantId: TENANT, uid });
    expect(details).toMatchObject({ state: 5, escrowed: false });
  });

  it('executes a request once that is sent twice at the same time', async () => {
    const provider = await createPureProvider();
    const entered = deferred();
    const gate = deferred();
    let executions = 0;
    const executor = testExecutor(provider, async () => {
      executions += 1;
      entered.resolve();
      await gate.promise;
    });
    const test = await startTestCore({ executor });
    const { client } = await makeScene(test);
    await declareGateway(test);
    const { gateway } = await linkGateway(test);
    const uid = randomUUID();
    const register = request({ do: 'register', uid, key: '00'.repeat(16) }, client.certificatePem);
    const first = gateway.tunnel(register);
    await entered.promise;
    const second = gateway.tunnel(register);
    // A third, other one shows that the second has arrived.
    const third = gateway.tunnel(request({ do: 'get', uid: 'none' }, client.certificatePem));
    await expect.poll(() => executions).toBe(2);
    gate.resolve();
    const answers = await Promise.all([first, second]);
    await third;
    expect(executions).toBe(2);
    expect(answers.map(({ outcome }) => outcome)).toEqual([
      TunnelOutcome.TUNNEL_OUTCOME_EXECUTED,
      TunnelOutcome.TUNNEL_OUTCOME_REPLAYED,
    ]);
    expect(answers[0].rawResponse).toEqual(answers[1].rawResponse);
  });

  it('gives a wrapped key to a gateway that misses it, and never keeps an answer with a secret', async () => {
    const test = await startTestCore();
    const { client } = await makeScene(test);
    await declareGateway(test);
    const { gateway } = await linkGateway(test);
    const uid = randomUUID();
    const canary = 'feedface'.repeat(8);
    await gateway.tunnel(request({ do: 'register', uid, key: canary }, client.certificatePem));
    const got = await gateway.tunnel(request({ do: 'get', uid }, client.certificatePem));
    expect(got.directives).toMatchObject([{ directive: { $case: 'put', value: { uid } } }]);
    const read = request({ do: 'read', uid }, client.certificatePem);
    for (const outcome of [1, 1]) {
      const answer = await gateway.tunnel(read);
      expect(answer.outcome).toBe(outcome);
      expect(Buffer.from(answer.rawResponse).toString()).toContain(canary);
    }
  });

  it('changes nothing when the item fails, when the executor throws, and when the client has gone', async () => {
    const test = await startTestCore();
    const { client } = await makeScene(test);
    await declareGateway(test);
    const { gateway } = await linkGateway(test);
    const uid = randomUUID();
    await gateway.tunnel(
      request({ do: 'register', uid, key: '11'.repeat(16) }, client.certificatePem),
    );
    const failed = await gateway.tunnel(request({ do: 'fail', uid }, client.certificatePem));
    expect(failed.directives).toEqual([]);
    const thrown = await refusalOf(gateway.tunnel(request({ do: 'throw' }, client.certificatePem)));
    expect(thrown).toMatchObject({ status: 13, message: 'internal error' });
    const details = await test.admin.call(CORE_ADMIN.getKey, { tenantId: TENANT, uid });
    expect(details).toMatchObject({ state: 1, escrowed: true });
  });

  it('believes the client chain alone: another service, another tenant, a foreign CA are denied', async () => {
    const test = await startTestCore();
    await makeScene(test);
    const globex = await makeScene(test, 'globex');
    await declareGateway(test);
    const { gateway } = await linkGateway(test);
    const uri = `spiffe://test/${TENANT}/workload`;
    const foreign = await issueLeaf(await makeUplinkCa('Evil'), { usage: 'client', uris: [uri] });
    const ended = await issueLeaf(test.home.ca, {
      ...{ usage: 'client', uris: [uri] },
      ...{ notBefore: Date.now() - 7_200_000, notAfter: Date.now() - 3_600_000 },
    });
    for (const { certificatePem } of [globex.client, foreign, ended]) {
      const answer = await gateway.tunnel(request({ do: 'get', uid: 'x' }, certificatePem));
      expect(answer.outcome).toBe(TunnelOutcome.TUNNEL_OUTCOME_DENIED);
      expect(answer.rawResponse.byteLength).toBe(0);
    }
  });

  it('refuses scopes, generations and tenants that are not the gateway’s or not active', async () => {
    const test = await startTestCore();
    const { client } = await makeScene(test);
    const globex = await makeScene(test, 'globex');
    await declareGateway(test);
    const { gateway } = await linkGateway(test);
    const get = request({ do: 'get', uid: 'x' }, client.certificatePem);
    const foreign = { ...get, tenantId: 'globex', clientPem: globex.client.certificatePem };
    expect(await refusalOf(gateway.tunnel(foreign))).toMatchObject({ code: 'SCOPE_DENIED' });
    const stale = { ...get, requestId: randomUUID(), generation: 99n };
    expect(await refusalOf(gateway.tunnel(stale))).toMatchObject({ code: 'SUPERSEDED' });
    await test.admin.call(CORE_ADMIN.setTenantState, {
      ...{ tenantId: TENANT, state: 'SUSPENDED', dryRun: false },
    });
    expect(await refusalOf(gateway.tunnel(get))).toMatchObject({ code: 'TENANT_REVOKED' });
  });

  it('waits for the outbox entries before it, and says so when they do not come', async () => {
    const test = await startTestCore();
    const { client } = await makeScene(test);
    await declareGateway(test);
    const { gateway, stream, key, terms } = await linkGateway(test);
    const entry = makeEntry(test.provider, key, { ...scoped, ...versionOf(terms) });
    const get = request({ do: 'get', uid: entry.uid }, client.certificatePem);
    const waiting = gateway.tunnel({ ...get, minOutboxSequence: 1n });
    await stream.outbox(1n, [encodeEntry(entry)]);
    expect(Buffer.from((await waiting).rawResponse).toString()).toBe('{"state":2}');
    const never = gateway.tunnel({ ...get, requestId: randomUUID(), minOutboxSequence: 9n }, 300);
    const refusal = await refusalOf(never);
    expect([4, 8]).toContain(refusal.status);
  });
});

describe('administration', () => {
  it('counts in a dry run what a revocation then hits, and changes nothing by it', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    await declareGateway(test, 'edge-2');
    await declareGateway(test, 'never-there');
    const { stream, key, terms } = await linkGateway(test);
    const away = await linkGateway(test, 'edge-2');
    away.stream.heartbeat(1n);
    await away.stream.next('heartbeatAck');
    away.stream.cancel();
    const entries = [1, 2, 3].map(() =>
      encodeEntry(makeEntry(test.provider, key, { ...scoped, ...versionOf(terms) })),
    );
    await stream.outbox(1n, entries);
    await test.admin.call(CORE_ADMIN.rotateServiceKey, scoped);
    const request = { tenantId: TENANT, state: 'REVOKED' };
    await expect
      .poll(
        async () => {
          const counted = await test.admin.call(CORE_ADMIN.setTenantState, {
            ...request,
            dryRun: true,
          });
          return counted.gatewaysUnreachable;
        },
        { timeout: 5000 },
      )
      .toBe(1n);
    const dry = await test.admin.call(CORE_ADMIN.setTenantState, { ...request, dryRun: true });
    expect(dry).toMatchObject({
      ...{ applied: false, services: 1n, serviceKeyVersions: 2n, keys: 3n },
      ...{ gatewaysConnected: 1n, gatewaysUnreachable: 1n },
    });
    expect(Number(dry.worstCase?.seconds)).toBeGreaterThan(Date.now() / 1000 + 86_000);
    expect((await test.admin.call(CORE_ADMIN.listTenants, {})).tenants[0]?.state).toBe('ACTIVE');
    const real = await test.admin.call(CORE_ADMIN.setTenantState, { ...request, dryRun: false });
    expect({ ...real, applied: false }).toEqual(dry);
    expect((await stream.take(isEvent(EventKind.EVENT_KIND_TENANT_REVOKED), 'it')).$case).toBe(
      'event',
    );
    const listed = await test.admin.call(CORE_ADMIN.listGateways, {});
    expect(listed.gateways.find(({ name }) => name === 'edge-2')).toMatchObject({
      ...{ connected: false, unacknowledged: 1n },
    });
    const back = test.admin.call(CORE_ADMIN.setTenantState, {
      ...{ tenantId: TENANT, state: 'ACTIVE', dryRun: false },
    });
    await expect(back).rejects.toMatchObject({ code: 'CORE_STATE_REFUSED' });
  });

  it('pushes a revocation to a linked gateway within a second', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const { stream, key, terms } = await linkGateway(test);
    const entry = makeEntry(test.provider, key, { ...scoped, ...versionOf(terms) });
    await stream.outbox(1n, [encodeEntry(entry)]);
    const from = performance.now();
    const [, event] = await Promise.all([
      test.admin.call(CORE_ADMIN.setKeyState, {
        ...{ tenantId: TENANT, uid: entry.uid, action: 'compromise', dryRun: false },
        ...{ reasonCode: 0, reasonMessage: '' },
      }),
      stream.next('event'),
    ]);
    expect(event.kind).toBe(EventKind.EVENT_KIND_KEY_COMPROMISED);
    expect(performance.now() - from).toBeLessThan(1000);
  });

  it('refuses names, policies, trust and changes of state that are wrong, with a code for each', async () => {
    const test = await startTestCore();
    await makeScene(test);
    const { admin } = test;
    const trust = { tenantId: 't2', caBundle: Buffer.from('junk'), rules: [] };
    const scope = { ...scoped, serviceKeyId: '', sealing: 0 } as const;
    const refused: readonly [string, Promise<unknown>][] = [
      ['CORE_NAME_TAKEN', admin.call(CORE_ADMIN.createTenant, tenant(TENANT))],
      ['FIELD_REQUIRED', admin.call(CORE_ADMIN.createTenant, tenant(''))],
      ['INPUT_INVALID', admin.call(CORE_ADMIN.createTenant, tenant('a:b'))],
      ['INPUT_INVALID', admin.call(CORE_ADMIN.createTenant, { ...tenant('t2'), trust })],
      [
        'CORE_UNKNOWN_NAME',
        admin.call(CORE_ADMIN.createService, {
          ...{ tenantId: 'none', serviceId: 's', policy: undefined },
        }),
      ],
      ['CORE_NAME_TAKEN', admin.call(CORE_ADMIN.createService, { ...scoped, policy: undefined })],
      ['FIELD_REQUIRED', admin.call(CORE_ADMIN.setServicePolicy, { policy: undefined })],
      [
        'INPUT_INVALID',
        admin.call(CORE_ADMIN.createGateway, {
          ...{ name: 'g', identity: 'spiffe://test/gateway/other', scopes: [scope] },
        }),
      ],
      [
        'FIELD_REQUIRED',
        admin.call(CORE_ADMIN.createGateway, {
          ...{ name: 'g', identity: 'spiffe://test/gateway/g', scopes: [] },
        }),
      ],
      [
        'INPUT_INVALID',
        admin.call(CORE_ADMIN.createGateway, {
          ...{ name: 'g', identity: 'spiffe://test/gateway/g', scopes: [scope, scope] },
        }),
      ],
      [
        'CORE_UNKNOWN_NAME',
        admin.call(CORE_ADMIN.decommissionGateway, { gatewayId: 'x', dryRun: false }),
      ],
      [
        'INPUT_INVALID',
        admin.call(CORE_ADMIN.setTenantState, { tenantId: TENANT, state: 'GONE', dryRun: false }),
      ],
      [
        'CORE_STATE_REFUSED',
        admin.call(CORE_ADMIN.setServiceKeyState, {
          ...{ ...scoped, version: 1, state: 2, dryRun: false },
        }),
      ],
      [
        'CORE_UNKNOWN_NAME',
        admin.call(CORE_ADMIN.setServiceKeyState, {
          ...{ ...scoped, version: 7, state: 3, dryRun: true },
        }),
      ],
      ['CORE_KEY_UNKNOWN', admin.call(CORE_ADMIN.getKey, { tenantId: TENANT, uid: 'x' })],
      ['INPUT_INVALID', admin.call(CORE_ADMIN.backup, { path: 'relative' })],
    ];
    for (const [code, action] of refused) {
      const failure: unknown = await action.catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(AdminFailure);
      expect(failure, code).toMatchObject({ code });
    }
  });

  it('gives a tenant other trust, which decides from the next message on', async () => {
    const test = await startTestCore();
    const { client } = await makeScene(test);
    await declareGateway(test);
    const { gateway, stream } = await linkGateway(test);
    await stream.next('governance');
    const get = request({ do: 'get', uid: 'x' }, client.certificatePem);
    expect((await gateway.tunnel(get)).outcome).toBe(1);
    const trust = {
      tenantId: TENANT,
      caBundle: Buffer.from(test.home.ca.certificatePem),
      rules: [],
    };
    const changed = await test.admin.call(CORE_ADMIN.setTenantTrust, { trust });
    expect(changed.trust?.rules).toEqual([]);
    const { governance } = await stream.next('governance');
    expect(Governance.decode(governance).clientTrust[0]?.rules).toEqual([]);
    const denied = await gateway.tunnel({ ...get, requestId: randomUUID() });
    expect(denied.outcome).toBe(TunnelOutcome.TUNNEL_OUTCOME_DENIED);
    expect(test.log.text()).toContain('may not speak for the service');
  });

  it('lists keys page by page in the order they came', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await declareGateway(test);
    const { stream, key, terms } = await linkGateway(test);
    const entries = Array.from({ length: 5 }, () =>
      makeEntry(test.provider, key, { ...scoped, ...versionOf(terms) }),
    );
    await stream.outbox(
      1n,
      entries.map((entry) => encodeEntry(entry)),
    );
    const list = async (after: string) =>
      await test.admin.call(CORE_ADMIN.listKeys, { ...scoped, limit: 2, after, state: 0 });
    const uids: string[] = [];
    let pages = 0;
    for (let after = ''; pages === 0 || after !== ''; pages += 1) {
      const page = await list(after);
      uids.push(...page.keys.map(({ uid }) => uid));
      after = page.next;
    }
    expect(pages).toBe(3);
    expect(uids).toEqual(entries.map(({ uid }) => uid));
    const status = await test.admin.call(CORE_ADMIN.getStatus, {});
    expect(status).toMatchObject({ tenants: 1n, services: 1n, keys: 5n });
    expect(status.gateways).toMatchObject([{ name: 'edge-1', connected: true }]);
  });

  it('changes leases at once when a policy changes', async () => {
    const test = await startTestCore();
    const { service } = await makeScene(test);
    await declareGateway(test);
    const { gateway, stream } = await linkGateway(test);
    await stream.next('governance');
    const policy = service.policy ?? raise();
    await test.admin.call(CORE_ADMIN.setServicePolicy, {
      policy: { ...policy, leaseTtlSeconds: 60 },
    });
    const { governance } = await stream.next('governance');
    expect(Governance.decode(governance).policies[0]?.leaseTtlSeconds).toBe(60);
    expect((await takeGrant(gateway, stream)).terms.leaseTtlSeconds).toBe(60);
  });
});

function versionOf(terms: GrantTerms): { serviceKeyId: string; serviceKeyVersion: number } {
  return { serviceKeyId: terms.serviceKeyId, serviceKeyVersion: terms.version };
}

function request(
  command: TestCommand,
  clientPem: string,
): {
  readonly requestId: string;
  readonly tenantId: string;
  readonly serviceId: string;
  readonly rawRequest: Uint8Array;
  readonly clientPem: string;
} {
  return { requestId: randomUUID(), ...scoped, rawRequest: encodeCommand(command), clientPem };
}

function tenant(tenantId: string): { tenantId: string; name: string; trust: undefined } {
  return { tenantId, name: '', trust: undefined };
}

function isEvent(kind: EventKind): (frame: { $case: string; value: unknown }) => boolean {
  return (frame) => frame.$case === 'event' && (frame.value as { kind: EventKind }).kind === kind;
}

function raise(): never {
  throw new Error('a field is missing');
}
