import { describe, expect, it } from 'vitest';
import { SERVICE, TENANT } from '../support/core/scenario.ts';
import { failureOf } from '../support/failures.ts';
import { readMetrics } from '../support/telemetry/read-metrics.ts';
import { observedKrypton, type ObservedKrypton } from './support/observed-krypton.ts';

const KEY = { length: 256, usageMask: 12 } as const;
const TUNNEL = '/cryptobroker.gateway.v1.UplinkService/Tunnel';

describe('a request to a Gateway', () => {
  it('that is answered by itself is one span, and its items are counted', async () => {
    const { client, gateway, core } = await observedKrypton();
    await client.createAndGet(KEY);
    expect(await readMetrics(gateway.metrics)).toMatchObject({
      'krypton_kmip_requests_total{operation="Create",result="success"}': 1,
      'krypton_kmip_requests_total{operation="Get",result="success"}': 1,
      'krypton_kmip_request_duration_seconds{operation="Create"}': 1,
      'krypton_vault_keys{}': 1,
      'krypton_vault_writable{}': 1,
      'krypton_ready{}': 1,
    });
    const [span, ...others] = gateway.tracer.named('KMIP batch');
    expect(others).toEqual([]);
    expect(span?.parent).toBeUndefined();
    expect(span?.ended).toMatchObject({ attributes: { 'kmip.outcome': 'success' } });
    expect(core.tracer.spans).toEqual([]);
  });

  it.each<[string, (krypton: ObservedKrypton) => Promise<unknown>]>([
    ['Destroy', async ({ client }) => client.destroy((await client.create(KEY)).uid)],
    ['Locate', ({ client }) => client.locate()],
  ])('that the Core decides is one trace through both: %s', async (operation, ask) => {
    const krypton = await observedKrypton();
    await ask(krypton);
    const { gateway, core } = krypton;
    const message = gateway.tracer.named(`KMIP ${operation}`).at(-1);
    const call = gateway.tracer.named(TUNNEL).at(-1);
    const far = core.tracer.named(TUNNEL).at(-1);
    expect(call).toMatchObject({ kind: 'client', parent: message?.context });
    expect(far).toMatchObject({
      kind: 'server',
      parent: call?.context,
      attributes: { 'kmip.tenant': TENANT, 'kmip.service': SERVICE },
      ended: { attributes: { 'kmip.operation': operation, 'kmip.outcome': 'success' } },
    });
    const traces = [message, call, far].map((span) => span?.context.traceId);
    expect(new Set(traces).size).toBe(1);
    expect(await readMetrics(gateway.metrics)).toMatchObject({
      'krypton_tunnel_duration_seconds{result="answered"}': 1,
    });
    expect(await readMetrics(core.metrics)).toMatchObject({
      [`krypton_kmip_requests_total{operation="${operation}",result="success"}`]: 1,
      'krypton_core_requests_total{rpc_method="Tunnel",status="OK"}': 1,
      'krypton_core_request_duration_seconds{rpc_method="Tunnel"}': 1,
    });
  });

  it('that is not sampled at the Gateway is not sampled at the Core', async () => {
    const { client, core } = await observedKrypton({ sampled: false });
    await client.destroy((await client.create(KEY)).uid);
    expect(core.tracer.named(TUNNEL)[0]?.context.flags).toBe(0);
  });

  it('has one correlation id in the logs of Gateway and Core', async () => {
    const { client, gateway, core } = await observedKrypton();
    const { uid } = await client.create(KEY);
    await client.destroy(uid);
    const near = fieldsOf(gateway.log.with('info', 'finished KMIP operation').at(-1));
    const far = core.log.withMessage('finished KMIP operation').at(-1);
    expect(far).toMatchObject({
      operation: 'Destroy',
      ...{ gateway: 'edge-1', tenantId: TENANT, serviceId: SERVICE, uid, outcome: 'success' },
      service: 'test',
      ...{ code: 'OK', correlationId: near['correlationId'], traceId: near['traceId'] },
    });
    expect(near).toMatchObject({ operation: 'Destroy', uid });
    expect(gateway.tracer.named('KMIP Destroy')[0]?.ended).toMatchObject({
      attributes: { 'kmip.unique_identifier': uid },
    });
    expect(near['correlationId']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('that the Core refuses is counted with its reason at both ends', async () => {
    const { client, gateway, core } = await observedKrypton();
    await failureOf(() => client.destroy('no-such-key'));
    const refused = {
      'krypton_kmip_requests_total{operation="Destroy",result="Item Not Found"}': 1,
    };
    expect(await readMetrics(gateway.metrics)).toMatchObject(refused);
    expect(await readMetrics(core.metrics)).toMatchObject(refused);
    expect(core.tracer.named(TUNNEL)[0]?.ended?.error).toBe('Item Not Found');
  });
});

describe('a Gateway whose link is cut', () => {
  it('says so, and for how long it serves yet, and recovers', async () => {
    const { gateway, link, client, when, core } = await observedKrypton();
    const { uid } = await client.create(KEY);
    await when('krypton_outbox_entries{}', (value) => value === 0);
    link.cut();
    await when('krypton_link_up{}', (value) => value === 0);
    const before = await readMetrics(gateway.metrics);
    const left = before['krypton_offline_remaining_seconds{}'] ?? 0;
    expect(left).toBeGreaterThan(0);
    // Cut off, it is ready: what is here is served, and new keys wait to be told to the Core.
    expect(before['krypton_ready{}']).toBe(1);
    await client.create(KEY);
    await client.get(uid);
    const failure = await failureOf(() => client.destroy(uid));
    expect(failure.message).toContain('core unreachable');
    await when('krypton_outbox_oldest_seconds{}', (value = 0) => value > 0);
    await when('krypton_offline_remaining_seconds{}', (value = 0) => value < left);
    const during = await readMetrics(gateway.metrics);
    expect(during['krypton_outbox_entries{}']).toBe(1);
    expect(during['krypton_link_last_answer_seconds{}']).toBeGreaterThan(0);
    link.restore();
    await when('krypton_link_up{}', (value) => value === 1);
    await when('krypton_outbox_entries{}', (value) => value === 0);
    await when('krypton_link_reconnects_total{}', (value = 0) => value > 0);
    expect(await readMetrics(core.metrics)).toMatchObject({
      'krypton_core_gateways{}': 1,
      'krypton_core_gateways_connected{}': 1,
      'krypton_core_keys{}': 2,
      'krypton_ready{}': 1,
    });
  });
});

describe('the vault of a Gateway', () => {
  it('shows rows that are not served', async () => {
    const { gateway, client, when } = await observedKrypton();
    const { uid } = await client.create(KEY);
    await when('krypton_vault_quarantined_rows{}', (value) => value === 0);
    await gateway.vault.commit({ quarantine: [{ tenant: TENANT, uid, reason: 'a test' }] });
    await when('krypton_vault_quarantined_rows{}', (value) => value === 1);
  });
});

function fieldsOf(line = '{}'): Readonly<Record<string, unknown>> {
  return JSON.parse(line.slice(line.indexOf('{'))) as Record<string, unknown>;
}
