import { openVault } from '../support/vaults.ts';
import { describeVault } from './suites/vault-contract.ts';

describeVault('SQLite', (options) => openVault(options));
