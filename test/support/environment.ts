import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the surroundings of a test run offer. The only file of the tests that reads the environment. */

/** The full campaign instead of the short run. */
export const longRun = process.env['CRYPTO_BROKER_TEST_LONG'] === '1';

/** Directory of Wycheproof's testvectors_v1, or undefined when this machine has none. */
export const wycheproofDirectory = existing(
  process.env['CRYPTO_BROKER_TEST_WYCHEPROOF'] ??
    fileURLToPath(new URL('../../../shared/vectors/wycheproof', import.meta.url)),
);

/** Directory of NIST's CAVP vectors as Debian's python3-cryptography-vectors installs them, or undefined. */
export const cavpDirectory = existing(
  process.env['CRYPTO_BROKER_TEST_CAVP'] ?? '/usr/lib/python3/dist-packages/cryptography_vectors',
);

function existing(directory: string): string | undefined {
  return existsSync(directory) ? directory : undefined;
}

/** Says on the terminal that tests are left out, and why: a quiet skip looks like a pass. */
export function announceSkip(what: string, remedy: string): void {
  console.warn(`\n!!! NOT TESTED: ${what}\n!!! ${remedy}\n`);
}

/** This user's cache of the project, where tools that tests build are kept from one checkout to the next. */
export const cacheDirectory = join(
  process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
  'crypto-broker',
);

/** The environment for tools of this machine (npm, Go), which find their settings and caches by it. */
export const hostEnvironment: Readonly<Record<string, string | undefined>> = process.env;

/** Where pictures of the dashboards are to be put; undefined: none are wanted. */
export const picturesDirectory = process.env['CRYPTO_BROKER_TEST_PICTURES'];
