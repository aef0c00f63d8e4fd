import { randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createGateway } from '../../../src/gateway/gateway.ts';
import { readHighWater } from '../../../src/gateway/service-keys/grant-store.ts';
import { openKeySide, TestLog } from '../../support/gateway/key-side.ts';
import { EditableVault } from '../../support/gateway/editable-vault.ts';
import { expectFailure } from '../../support/failures.ts';
import { openPure } from '../../support/providers.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { testMetrics } from '../../support/telemetry/test-metrics.ts';

const HOUR = 3_600_000;

it('a Gateway that cannot start does not forget how far the clock had come', async () => {
  const provider = await openPure();
  const vault = new EditableVault();
  const side = await openKeySide(provider, { vault });
  await side.join();
  await side.parts.grants.noteConfirmations();
  const before = await readHighWater(vault);
  expect(before).toBe(side.clock.now());

  // Whoever sets the clock back could otherwise make an ended lease live on, by one start that fails.
  side.clock.setWall(before - 24 * HOUR);
  const path = join(scratchDirectory(), 'sealing.pem');
  writeFileSync(path, 'no key', { mode: 0o600 });
  let closed = false;
  vault.close = () => {
    closed = true;
    return Promise.resolve();
  };
  const gateway = createGateway({
    ...{ provider, vault, clock: side.clock, logger: new TestLog(), newId: randomUUID },
    metrics: testMetrics(),
    random: (bytes) => randomBytes(bytes),
    rssBytes: () => 1,
    settings: {
      ...{
        name: 'gateway-1',
        version: '0.0.0',
        kmipHost: '127.0.0.1',
        uidForm: 'uuid',
        auditDays: 400,
      },
      sealingKey: { path },
    },
    uplink: () => ({
      start: () => undefined,
      status: {
        ...{ state: 'cut', lastAnswerAt: undefined, clockSkewMs: undefined, reconnects: 0 },
        ...{ generation: undefined, lastError: undefined },
      },
      tunnel: () => Promise.reject(new Error('none')),
      wakeOutbox: () => undefined,
      flushOutbox: () => Promise.resolve(),
      requestServiceKey: () => undefined,
      stop: () => Promise.resolve(),
    }),
    listener: () => ({
      start: () => Promise.resolve(5696),
      setTrust: () => undefined,
      closeTenant: () => undefined,
      drain: () => Promise.resolve(),
    }),
  });
  await expectFailure(() => gateway.start(), 'KEY_FILE_UNUSABLE');
  expect(closed).toBe(true);
  expect(await readHighWater(vault)).toBe(before);
});
