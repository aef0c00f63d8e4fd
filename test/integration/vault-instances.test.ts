import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import { expectFailure } from '../support/failures.ts';
import { ROOT } from '../support/programs.ts';
import { newKey } from '../support/vault-keys.ts';
import { openVault, vaultPath } from '../support/vaults.ts';
import { waitFor } from '../support/wait-for.ts';

const MAIN = join(ROOT, 'test', 'support', 'faults', 'vault-writer-main.ts');

describe('a second process', () => {
  it('is refused while the first lives, and needs no clean-up when that was killed', async () => {
    const path = vaultPath();
    const claims = join(dirname(dirname(path)), 'claims');
    const program = [MAIN, path, '1', claims, String(Number.MAX_SAFE_INTEGER)];
    const first = spawn(process.execPath, program, { stdio: 'inherit' });
    onTestFinished(() => {
      first.kill('SIGKILL');
    });
    await waitFor(() => {
      expect(existsSync(claims) && readFileSync(claims, 'utf8')).toContain('ack ');
    });
    await expectFailure(() => openVault({ path }), 'VAULT_LOCKED');
    first.kill('SIGKILL');
    await once(first, 'close');
    const vault = await openVault({ path });
    expect((await vault.facts()).generation).toBe(2);
    await vault.commit({ insert: [newKey()] });
    await vault.close();
  });

  it('may be the same one: an open vault is not opened again', async () => {
    const path = vaultPath();
    const vault = await openVault({ path });
    await expectFailure(() => openVault({ path }), 'VAULT_LOCKED');
    const { row } = newKey();
    await vault.commit({ insert: [{ row, terms: [] }] });
    expect((await vault.get(row.tenant, row.uid))?.uid).toBe(row.uid);
    await vault.close();
    const again = await openVault({ path });
    expect(await again.facts()).toMatchObject({ generation: 2, keys: 1 });
    await again.close();
  });
});
