import { createHash, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EventKind, TunnelOutcome } from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { CORE_ADMIN } from '../../support/core/admin-client.ts';
import { encodeEntry, makeEntry } from '../../support/core/hand-gateway.ts';
import { declareGateway, linkGateway, makeScene, TENANT } from '../../support/core/scenario.ts';
import { startTestCore } from '../../support/core/test-core.ts';
import { encodeCommand, testExecutor } from '../../support/core/test-executor.ts';
import { deferred } from '../../support/deferred.ts';
import { createPureProvider } from '../../../src/x509/pure-provider.ts';
import { issueLeaf, makeUplinkCa } from '../../support/uplink-pki.ts';
import { scoped, refusalOf, versionOf, tunnelRequest } from '../../support/core/uplink-messages.ts';

describe('the tunnel', () => {
  it('executes, changes, answers with directives, and gives the same answer to the same request', async () => {
    const test = await startTestCore();
    const { client } = await makeScene(test);
    await declareGateway(test);
    await declareGateway(test, 'edge-2');
    const { gateway, key } = await linkGateway(test);
    const sibling = await linkGateway(test, 'edge-2');
    const uid = randomUUID();
    const register = tunnelRequest(
      { do: 'register', uid, key: 'ab'.repeat(32) },
      client.certificatePem,
    );
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

    const destroy = tunnelRequest(
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
    const register = tunnelRequest(
      { do: 'register', uid, key: '00'.repeat(16) },
      client.certificatePem,
    );
    const first = gateway.tunnel(register);
    await entered.promise;
    const second = gateway.tunnel(register);
    // A third, other one shows that the second has arrived.
    const third = gateway.tunnel(tunnelRequest({ do: 'get', uid: 'none' }, client.certificatePem));
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
    await gateway.tunnel(
      tunnelRequest({ do: 'register', uid, key: canary }, client.certificatePem),
    );
    const got = await gateway.tunnel(tunnelRequest({ do: 'get', uid }, client.certificatePem));
    expect(got.directives).toMatchObject([{ directive: { $case: 'put', value: { uid } } }]);
    const read = tunnelRequest({ do: 'read', uid }, client.certificatePem);
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
      tunnelRequest({ do: 'register', uid, key: '11'.repeat(16) }, client.certificatePem),
    );
    const failed = await gateway.tunnel(tunnelRequest({ do: 'fail', uid }, client.certificatePem));
    expect(failed.directives).toEqual([]);
    const thrown = await refusalOf(
      gateway.tunnel(tunnelRequest({ do: 'throw' }, client.certificatePem)),
    );
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
      const answer = await gateway.tunnel(tunnelRequest({ do: 'get', uid: 'x' }, certificatePem));
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
    const get = tunnelRequest({ do: 'get', uid: 'x' }, client.certificatePem);
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
    const get = tunnelRequest({ do: 'get', uid: entry.uid }, client.certificatePem);
    const waiting = gateway.tunnel({ ...get, minOutboxSequence: 1n });
    await stream.outbox(1n, [encodeEntry(entry)]);
    expect(Buffer.from((await waiting).rawResponse).toString()).toBe('{"state":2}');
    const never = gateway.tunnel({ ...get, requestId: randomUUID(), minOutboxSequence: 9n }, 300);
    const refusal = await refusalOf(never);
    expect([4, 8]).toContain(refusal.status);
  });
});
