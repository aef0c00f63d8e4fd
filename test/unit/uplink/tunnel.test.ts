import { status } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TunnelOutcome } from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { deferred } from '../../support/deferred.ts';
import { failureOf, expectFailure } from '../../support/failures.ts';
import { TcpProxy } from '../../support/faults/tcp-proxy.ts';
import { Refusal, ScriptedCore, tunnelAnswer } from './scripted-core.ts';
import { clock, delegated, pki, prepare, within } from './test-gateway.ts';

describe('the tunnel', () => {
  it('passes a request to the Core and its answer back', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.linked();
    const response = await uplink.tunnel(delegated('destroy it'), within(5000));
    expect(Buffer.from(response.rawResponse).toString()).toBe('answer');
    expect(response.outcome).toBe(TunnelOutcome.TUNNEL_OUTCOME_EXECUTED);
    const [request] = core.tunnelled;
    expect(request).toMatchObject({ generation: 1n, attempt: 1, tenantId: 'acme' });
    expect(Buffer.from(request?.rawRequest ?? []).toString()).toBe('destroy it');
  });

  it('carries requests side by side', async () => {
    const { core, gateway, uplink } = await prepare();
    const first = deferred();
    core.script.tunnel = async ({ rawRequest }) => {
      const text = Buffer.from(rawRequest).toString();
      if (text === 'slow') await first.promise;
      return tunnelAnswer(text);
    };
    uplink.start();
    await gateway.linked();
    const slow = uplink.tunnel(delegated('slow'), within(5000));
    const quick = await uplink.tunnel(delegated('quick'), within(5000));
    expect(Buffer.from(quick.rawResponse).toString()).toBe('quick');
    first.resolve();
    expect(Buffer.from((await slow).rawResponse).toString()).toBe('slow');
  });

  it('is shut within a millisecond while the link is cut, without touching the network', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.linked();
    core.stop();
    await gateway.cut();
    const times: number[] = [];
    for (let index = 0; index < 100; index += 1) {
      const begun = performance.now();
      const failure = await failureOf(() => uplink.tunnel(delegated(), within(5000)));
      times.push(performance.now() - begun);
      expect(failure).toEqual({ code: 'CORE_UNREACHABLE', message: 'core unreachable' });
    }
    times.sort((a, b) => a - b);
    expect(times[50]).toBeLessThan(1);
    expect(core.tunnelled).toHaveLength(0);
  });

  it('tries a request again with the same id when the Core could not take it', async () => {
    const { core, gateway, uplink } = await prepare();
    core.script.tunnel = (request) =>
      request.attempt < 3
        ? Promise.reject(new Refusal(status.UNAVAILABLE, 'starting'))
        : Promise.resolve(tunnelAnswer());
    uplink.start();
    await gateway.linked();
    await uplink.tunnel(delegated(), within(5000));
    expect(core.tunnelled.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(core.tunnelled.map(({ requestId }) => requestId)).size).toBe(1);
  });

  it('tries a request that was under way again over the next link', async () => {
    let proxy: TcpProxy | undefined;
    const { core, gateway, uplink } = await prepare({
      address: async (scripted) => {
        proxy = await TcpProxy.start(scripted.port);
        return proxy.address;
      },
    });
    onTestFinished(() => proxy?.stop());
    core.script.tunnel = (request) => {
      if (request.attempt > 1) return Promise.resolve(tunnelAnswer('again'));
      proxy?.reset();
      return new Promise(() => undefined);
    };
    uplink.start();
    await gateway.linked();
    const response = await uplink.tunnel(delegated(), within(10_000));
    expect(Buffer.from(response.rawResponse).toString()).toBe('again');
    expect(core.tunnelled.map(({ generation, attempt }) => [generation, attempt])).toEqual([
      [1n, 1],
      [2n, 2],
    ]);
    expect(core.tunnelled[0]?.requestId).toBe(core.tunnelled[1]?.requestId);
  });

  it('tries again after the Core was killed and started anew', async () => {
    const { core, gateway, uplink } = await prepare();
    const second = new ScriptedCore();
    onTestFinished(() => {
      second.stop();
    });
    core.script.tunnel = async () => {
      core.stop();
      const { ca, core: leaf } = await pki();
      await second.start(ca.certificatePem, leaf, core.port);
      return tunnelAnswer('too late');
    };
    uplink.start();
    await gateway.linked();
    const response = await uplink.tunnel(delegated(), within(10_000));
    expect(Buffer.from(response.rawResponse).toString()).toBe('answer');
    expect(second.tunnelled[0]).toMatchObject({ attempt: 2 });
  });

  it('does not know the outcome when the time is up before the answer', async () => {
    const { core, gateway, uplink } = await prepare();
    core.script.tunnel = () => new Promise(() => undefined);
    uplink.start();
    await gateway.linked();
    const begun = clock.monotonicMs();
    const failure = await failureOf(() => uplink.tunnel(delegated(), within(100)));
    expect(failure).toEqual({ code: 'CORE_OUTCOME_UNKNOWN', message: 'outcome unknown' });
    expect(clock.monotonicMs() - begun).toBeLessThan(2000);
  });

  it('does not know the outcome when the link goes and does not come back', async () => {
    const { core, gateway, uplink } = await prepare();
    core.script.tunnel = () => {
      core.stop();
      return new Promise(() => undefined);
    };
    uplink.start();
    await gateway.linked();
    await expectFailure(() => uplink.tunnel(delegated(), within(300)), 'CORE_OUTCOME_UNKNOWN');
  });

  it.each([
    ['a status that says nothing', new Refusal(status.INTERNAL, 'x'), 'CORE_OUTCOME_UNKNOWN', 1],
    [
      'a refusal',
      new Refusal(status.PERMISSION_DENIED, 'not in scope', 'SCOPE_DENIED'),
      'CORE_REFUSED',
      1,
    ],
    [
      'too much at once',
      new Refusal(status.RESOURCE_EXHAUSTED, 'busy', 'BACKPRESSURE'),
      'CORE_REFUSED',
      1,
    ],
    ['another kind of server', new Refusal(status.UNIMPLEMENTED, ''), 'CORE_REFUSED', 1],
    [
      'an old generation',
      new Refusal(status.FAILED_PRECONDITION, 'old', 'EPOCH_STALE'),
      'CORE_REFUSED',
      1,
    ],
  ])('does not try again after %s', async (_what, refusal, code, times) => {
    const { core, gateway, uplink } = await prepare();
    core.script.tunnel = () => Promise.reject(refusal);
    uplink.start();
    await gateway.linked();
    const failure = await failureOf(() => uplink.tunnel(delegated(), within(5000)));
    expect(failure.code).toBe(code);
    expect(core.tunnelled).toHaveLength(times);
  });

  it('passes on the words of the Core, one line of them', async () => {
    const { core, gateway, uplink } = await prepare();
    core.script.tunnel = () =>
      Promise.reject(new Refusal(status.PERMISSION_DENIED, `not\nyours ${'x'.repeat(5000)}`));
    uplink.start();
    await gateway.linked();
    const { message } = await failureOf(() => uplink.tunnel(delegated(), within(5000)));
    expect(message).toMatch(/^refused by the core: not\?yours x+$/);
    expect(message.length).toBeLessThan(300);
  });

  it('refuses a request that is too large before it is sent', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.linked();
    const request = { ...delegated(), rawRequest: new Uint8Array(1024 * 1024 + 1) };
    await expectFailure(() => uplink.tunnel(request, within(5000)), 'FIELD_TOO_LARGE');
    expect(core.tunnelled).toHaveLength(0);
  });

  it('is bounded, for each tenant and for all', async () => {
    const { core, gateway, uplink } = await prepare({
      limits: { tunnelCalls: 3, tunnelCallsPerTenant: 2 },
    });
    const answered = deferred();
    core.script.tunnel = async () => {
      await answered.promise;
      return tunnelAnswer();
    };
    uplink.start();
    await gateway.linked();
    const of = (tenantId: string): Promise<unknown> =>
      uplink.tunnel({ ...delegated(), tenantId }, within(5000));
    const running = [of('acme'), of('acme'), of('other')];
    await expectFailure(() => of('acme'), 'UPLINK_BUSY');
    await expectFailure(() => of('third'), 'UPLINK_BUSY');
    answered.resolve();
    await Promise.all(running);
    await of('acme');
  });

  it.each([
    ['no answer in it', { rawResponse: Buffer.alloc(0) }],
    ['an unknown outcome', { outcome: 99 as TunnelOutcome }],
    ['an unknown directive', { directives: [{ directive: undefined }] }],
  ])('does not know the outcome of an answer with %s', async (_what, change) => {
    const { core, gateway, uplink } = await prepare();
    core.script.tunnel = () => Promise.resolve({ ...tunnelAnswer(), ...change });
    uplink.start();
    await gateway.linked();
    await expectFailure(() => uplink.tunnel(delegated(), within(5000)), 'CORE_OUTCOME_UNKNOWN');
    await gateway.logged('the core gave an answer that is not valid');
  });

  it('does not know the outcome of an answer larger than a message may be', async () => {
    const { core, gateway, uplink } = await prepare();
    core.script.tunnel = () =>
      Promise.resolve({ ...tunnelAnswer(), rawResponse: Buffer.alloc(5 * 1024 * 1024) });
    uplink.start();
    await gateway.linked();
    await expectFailure(() => uplink.tunnel(delegated(), within(5000)), 'CORE_OUTCOME_UNKNOWN');
    expect(uplink.status.state).toBe('linked');
  });

  it('leaves the request of its caller as it was', async () => {
    const { gateway, uplink } = await prepare();
    uplink.start();
    await gateway.linked();
    const request = delegated('key material');
    await uplink.tunnel(request, within(5000));
    expect(Buffer.from(request.rawRequest).toString()).toBe('key material');
  });
});
