import { describe, expect, it } from 'vitest';

import { inHex } from '../../support/vault-keys.ts';
import type { OpenVault } from './vault-contract.ts';

export function describeVaultStates(open: OpenVault): void {
  describe('named values', () => {
    it('are put, replaced and taken out with the transaction they belong to', async () => {
      const vault = await open();
      expect(await vault.readState('policy')).toBeUndefined();
      await vault.commit({ states: new Map([['policy', Buffer.from('one')]]) });
      await vault.commit({ states: new Map([['policy', Buffer.alloc(0)]]) });
      expect(inHex(await vault.readState('policy'))).toBe('');
      const large = Buffer.alloc(1024 * 1024, 'policy');
      await vault.commit({ states: new Map([['policy', large]]) });
      expect(Buffer.compare((await vault.readState('policy')) ?? Buffer.of(), large)).toBe(0);
      await vault.commit({ states: new Map([['policy', undefined]]) });
      expect(await vault.readState('policy')).toBeUndefined();
      await vault.commit({ states: new Map([['policy', undefined]]) });
    });

    it('are found by the beginning of their names, in order', async () => {
      const vault = await open();
      const names = ['grant/b', 'grant/a', 'grant', 'grants', 'Grant/c', 'grant/\u{10FFFF}', 'x'];
      await vault.commit({ states: new Map(names.map((name, i) => [name, Buffer.of(i)])) });
      expect(inHex(await vault.readStates('grant/'))).toEqual(
        new Map([
          ['grant/a', '01'],
          ['grant/b', '00'],
          ['grant/\u{10FFFF}', '05'],
        ]),
      );
      expect([...(await vault.readStates('grant/')).keys()]).toEqual([
        'grant/a',
        'grant/b',
        'grant/\u{10FFFF}',
      ]);
      expect((await vault.readStates('')).size).toBe(names.length);
      expect((await vault.readStates('%')).size).toBe(0);
    });
  });
}
