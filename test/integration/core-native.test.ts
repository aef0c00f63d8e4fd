import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { CORE_ADMIN } from '../support/core/admin-client.ts';
import { encodeEntry, makeEntry } from '../support/core/hand-gateway.ts';
import {
  declareGateway,
  linkGateway,
  makeScene,
  SERVICE,
  takeGrant,
  TENANT,
} from '../support/core/scenario.ts';
import { makeCoreHome, startTestCore } from '../support/core/test-core.ts';
import { encodeCommand } from '../support/core/test-executor.ts';
import { openNative } from '../support/providers.ts';

const scoped = { tenantId: TENANT, serviceId: SERVICE };

it('does over the native core in FIPS mode what it does over the pure provider, also after a restart', async () => {
  const provider = await openNative();
  const home = await makeCoreHome();
  const first = await startTestCore({ home, provider });
  const { client } = await makeScene(first);
  await declareGateway(first);
  const { gateway, stream, key, terms } = await linkGateway(first);
  const entry = makeEntry(provider, key, {
    ...{ ...scoped, serviceKeyId: terms.serviceKeyId, serviceKeyVersion: terms.version },
  });
  const ack = await stream.outbox(1n, [encodeEntry(entry)]);
  expect(ack.outcomes[0]?.result).toBe(1);
  const uid = randomUUID();
  const canary = '0badcafe'.repeat(8);
  const tunnel = { ...scoped, clientPem: client.certificatePem };
  await gateway.tunnel({
    ...tunnel,
    rawRequest: encodeCommand({ do: 'register', uid, key: canary }),
  });
  await first.admin.call(CORE_ADMIN.rotateServiceKey, scoped);
  await takeGrant(gateway, stream);
  gateway.close();
  await first.core.stop(1000);

  const second = await startTestCore({ home, provider });
  const again = await linkGateway(second, 'edge-1', {
    ...{ vaultId: gateway.vaultId, instanceId: gateway.instanceId },
    sealingKey: gateway.sealingKey,
  });
  expect(again.terms.version).toBe(2);
  const answer = await again.gateway.tunnel({
    ...tunnel,
    rawRequest: encodeCommand({ do: 'read', uid }),
  });
  expect(Buffer.from(answer.rawResponse).toString()).toContain(canary);
  const status = await second.admin.call(CORE_ADMIN.getStatus, {});
  expect(status.fips).toBe('required');
  expect(status.fipsProvider).toContain('FIPS');
});
