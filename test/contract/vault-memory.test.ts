import { randomUUID } from 'node:crypto';

import { MemoryVault } from '../../src/vault/index.ts';
import { describeVault } from './suites/vault-contract.ts';

describeVault('memory', (options) =>
  Promise.resolve(new MemoryVault({ vaultId: randomUUID(), ...options })),
);
