import { randomFillSync } from 'node:crypto';

import type { CryptoProvider } from '../provider.ts';
import { pureAead } from './aead.ts';
import { pureDataKeys } from './data-keys.ts';
import { pureDigests } from './digests.ts';
import { pureKeyWrap } from './key-wrap.ts';
import { pureMacs } from './macs.ts';
import { pureServiceKeys } from './service-keys.ts';
import { pureSigningKeys } from './signing-keys.ts';

/**
 * Everything of the pure provider that node:crypto alone can do. The certificates are added one floor up, in
 * src/x509/pure-provider.ts, because issuing stands on this folder and not the other way round.
 */
export const pureOperations: Omit<CryptoProvider, 'certificates'> = {
  name: 'pure',
  digests: pureDigests,
  keyWrap: pureKeyWrap,
  aead: pureAead,
  macs: pureMacs,
  serviceKeys: pureServiceKeys,
  dataKeys: pureDataKeys,
  signingKeys: pureSigningKeys,
  random: {
    fill(target) {
      randomFillSync(target);
    },
  },
  report: () => ({
    provider: 'pure',
    fips: 'off',
    libraryVersion: `OpenSSL ${process.versions.openssl} (node:crypto)`,
    module: undefined,
    selfTests: [],
    memory: { secureHeap: false, locked: false, dumpable: true },
  }),
};
