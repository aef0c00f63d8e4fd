import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CliContext } from '../../../src/cli/context.ts';
import { EXIT } from '../../../src/errors/index.ts';
import { GatewayStatus } from '../../../src/generated/cryptobroker/gateway/v1/status.ts';
import { SqliteVault, VAULT_FILE } from '../../../src/vault/index.ts';
import { run } from './fake-context.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cryptobroker-gateway-cli-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const status: GatewayStatus = {
  ...GatewayStatus.decode(new Uint8Array()),
  name: 'gw-1',
  version: '1.0.0',
  ready: true,
  kmipAddress: '127.0.0.1:5696',
  link: {
    state: 'cut',
    lastAnswerAgoMs: 90_000n,
    clockSkewMs: -3n,
    generation: 2n,
    reconnects: 4n,
    lastError: 'connection refused',
    applied: [],
  },
  offlineLeftMs: 7_200_000n,
  outbox: { depth: 3n, oldestMs: 1500n, head: 9n, acknowledged: 6n },
};

async function ask(args: readonly string[], answer: unknown) {
  let asked: { socket: string; path: string; request: unknown } | undefined;
  const callLocal = (socket: string, method: { path: string }, request: unknown) => {
    asked = { socket, path: method.path.split('/').at(-1) ?? '', request };
    return Promise.resolve(answer);
  };
  const outcome = await run(['gateway', ...args, '--status-socket', '/g.sock'], {
    callLocal: callLocal as CliContext['callLocal'],
  });
  return { ...outcome, asked };
}

describe('gateway without a subcommand', () => {
  it('runs the Gateway', async () => {
    let core: string | undefined;
    const { exit } = await run(['gateway', '--core', 'core.example:7443'], {
      runGateway: ({ settings }) => {
        core = settings.gateway.core.address;
        return Promise.resolve(EXIT.ok);
      },
    });
    expect(exit).toBe(EXIT.ok);
    expect(core).toBe('core.example:7443');
  });
});

describe('gateway status', () => {
  it('names link, the time that is left without the Core, and what waits', async () => {
    const { exit, out, asked } = await ask(['status'], status);
    expect(exit).toBe(EXIT.ok);
    expect(asked).toMatchObject({ socket: '/g.sock', path: 'GetStatus' });
    expect(out).toMatch(/link +cut, last answer 1\.5 min ago, clock skew -3 ms, 4 reconnects\n/);
    expect(out).toMatch(/serves alone +for 2\.0 h without the Core\n/);
    expect(out).toMatch(/outbox +3 keys wait, the oldest for 1\.5 s\n/);
    expect(out).toMatch(/last error +connection refused\n/);
  });

  it('exits with 1 when the Gateway is not ready', async () => {
    const { exit } = await ask(['status', '--json'], { ...status, ready: false });
    expect(exit).toBe(EXIT.failed);
  });
});

describe('gateway keys', () => {
  it('asks for the quarantine by another method', async () => {
    const { asked } = await ask(['keys', '--quarantined', '--tenant', 'acme'], {
      keys: [],
      nextPageToken: new Uint8Array(),
    });
    expect(asked).toMatchObject({
      path: 'ListQuarantine',
      request: { tenantId: 'acme', pageSize: 100 },
    });
  });

  it('says how to go on', async () => {
    const { out } = await ask(['keys'], { keys: [], nextPageToken: Uint8Array.of(1, 255) });
    expect(out).toContain('more: --after 01ff\n');
  });

  it.each(['0', '1001', 'all'])('refuses the limit %s', async (limit) => {
    const { exit } = await ask(['keys', '--limit', limit], {});
    expect(exit).toBe(EXIT.usage);
  });
});

describe('gateway vault', () => {
  it('checks, copies and restores a vault that a Gateway has open', async () => {
    const home = join(directory, 'vault');
    const vault = await SqliteVault.open({
      path: join(home, VAULT_FILE),
      uid: process.geteuid?.() ?? 0,
      newVaultId: '7a0f2b0e-6a57-4f3c-9f43-3d3f1a6d5a11',
      outboxLimit: 10,
      minimumFreeBytes: 0,
      monotonic: () => 0,
    });
    try {
      const check = await run(['gateway', 'vault', 'check', '--vault-dir', home]);
      expect(await run(['gateway', 'vault', 'fsck', '--vault-dir', home])).toEqual(check);
      expect(check).toMatchObject({ exit: EXIT.ok, error: '' });
      expect(check.out).toMatch(/sound\n$/);

      const copy = join(directory, 'copy.db');
      const backup = await run(['gateway', 'vault', 'backup', copy, '--vault-dir', home]);
      expect(backup).toMatchObject({ exit: EXIT.ok, error: '' });
      const again = await run(['gateway', 'vault', 'backup', copy, '--vault-dir', home]);
      expect(again.error).toContain('VAULT_BACKUP_EXISTS');

      const fresh = join(directory, 'fresh');
      const restore = await run(['gateway', 'vault', 'restore', copy, '--vault-dir', fresh]);
      expect(restore).toMatchObject({ exit: EXIT.ok, error: '', out: '0 keys restored\n' });
      const over = await run(['gateway', 'vault', 'restore', copy, '--vault-dir', home]);
      expect(over.error).toContain('VAULT_BACKUP_EXISTS');
    } finally {
      await vault.close();
    }
  });
});
