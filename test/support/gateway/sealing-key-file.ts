import { join } from 'node:path';
import type { SealingKeyFile } from '../../../src/gateway/service-keys/sealing-keys.ts';
import { scratchDirectory } from '../scratch.ts';

/** A place for a sealing key that outlives the process, in a directory of this test. */
export function sealingKeyFile(): SealingKeyFile {
  return { path: join(scratchDirectory(), 'sealing.pem') };
}
