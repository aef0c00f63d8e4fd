import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  EventKind,
  GrantResult,
  GrantTerms,
  SealedKey,
} from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { CORE_ADMIN } from '../../support/core/admin-client.ts';
import {
  declareGateway,
  linkGateway,
  makeGateway,
  makeScene,
  SERVICE,
  takeGrant,
  TENANT,
  startDeclaredCore,
} from '../../support/core/scenario.ts';
import { startTestCore } from '../../support/core/test-core.ts';
import { scoped, raise } from '../../support/core/uplink-messages.ts';

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
    const test = await startDeclaredCore();
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
    const test = await startDeclaredCore();
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
    const test = await startDeclaredCore();
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
    const test = await startDeclaredCore();
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
    const test = await startDeclaredCore();
    const { stream } = await linkGateway(test);
    expect(await stream.ended()).toBe('ended');
    expect(test.log.text()).toContain('gateway is silent');
  });

  it('ends streams that break the rules with a word, and serves on', async () => {
    const test = await startDeclaredCore();
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
    const test = await startDeclaredCore();
    const { stream } = await linkGateway(test);
    for (let index = 0; index < 3000; index += 1) stream.sendBytes(new Uint8Array());
    expect((await stream.next('error')).code).toBe(9);
  });
});
