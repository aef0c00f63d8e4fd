import { describe, expect, it } from 'vitest';
import type { ClientIdentity } from '../../../../src/gateway/identity/client-identity.ts';
import { loggedExecutor } from '../../../../src/gateway/router/logged-executor.ts';
import type { ItemContext, ItemResult } from '../../../../src/kmip/engine/index.ts';
import type { RequestItem } from '../../../../src/kmip/messages/message.ts';
import { KmipFailure } from '../../../../src/kmip/failure.ts';
import { get } from '../../../../src/kmip/payloads/get.ts';
import { OPERATION } from '../../../../src/kmip/tables/enumerations.ts';
import { TtlvWriter } from '../../../../src/kmip/ttlv/writer.ts';
import type { LogFields } from '../../../../src/telemetry/logger.ts';

const context = {
  version: 14,
  scope: {
    correlationId: 'order 66',
    serverCorrelationValue: 'm-1',
    trace: { traceId: 'a1', spanId: 'b2', flags: 1 },
  },
  session: { tenantId: 'acme', serviceId: 'payments', spiffeId: 'spiffe://e/app', subject: 'CN=a' },
} as unknown as ItemContext<ClientIdentity>;
const item = {
  operation: OPERATION.get,
  payload: new TextEncoder().encode('a key'),
  criticalExtension: false,
};

async function logged(work: () => Promise<ItemResult>, asked: RequestItem = item) {
  const lines: LogFields[] = [];
  const write = (_: string, fields: LogFields = {}): void => {
    lines.push(fields);
  };
  let now = 0;
  const executor = loggedExecutor(
    { execute: work },
    {
      logger: { debug: write, info: write, warn: write, error: write },
      monotonicMs: () => (now += 1.5),
    },
  );
  const outcome = await executor.execute(asked, context).catch((error: unknown) => error);
  return { lines, outcome };
}

describe('the log of operations', () => {
  it('says who asked for what, what came of it and how long it took, and nothing of the payload', async () => {
    const { lines } = await logged(() => Promise.resolve({ kind: 'success', placeholder: 'u-1' }));
    expect(lines).toEqual([
      {
        operation: 'Get',
        kmipVersion: '1.4',
        client: 'spiffe://e/app',
        tenantId: 'acme',
        serviceId: 'payments',
        uid: 'u-1',
        outcome: 'success',
        correlationId: 'order 66',
        serverCorrelationValue: 'm-1',
        traceId: 'a1',
        spanId: 'b2',
        durationMs: 1.5,
      },
    ]);
  });

  it('names the object that a request was about, whatever came of it', async () => {
    const writer = new TtlvWriter();
    get.encodeRequest(writer, { uid: { kind: 'text', uid: 'u-2\u202e' } }, 14);
    const asked = { ...item, payload: writer.finish() };
    const outcomes = [
      () => Promise.resolve<ItemResult>({ kind: 'success' }),
      () => Promise.reject(new KmipFailure('itemNotFound', 'no')),
    ];
    for (const work of outcomes) {
      const { lines } = await logged(work, asked);
      expect(lines).toMatchObject([{ operation: 'Get', uid: 'u-2\\u202e' }]);
    }
  });

  it('names a refusal, and passes it on', async () => {
    const failure = new KmipFailure('permissionDenied', 'no');
    const { lines, outcome } = await logged(() => Promise.reject(failure));
    expect(lines).toMatchObject([{ outcome: 'permissionDenied' }]);
    expect(outcome).toBe(failure);
  });

  it('tells a fault of ours from a refusal', async () => {
    const { lines } = await logged(() => Promise.reject(new TypeError('a secret detail')));
    expect(lines).toMatchObject([{ outcome: 'fault' }]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it("names the Core's reason", async () => {
    const { lines } = await logged(() =>
      Promise.resolve({ kind: 'relayed', status: 1, reason: 12, message: 'm' }),
    );
    expect(lines).toMatchObject([{ outcome: 'core: Permission Denied' }]);
  });
});
