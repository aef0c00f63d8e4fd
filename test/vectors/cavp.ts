import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { announceSkip, cavpDirectory } from '../support/environment.ts';
import { parseRsp, type RspCase } from './rsp.ts';

/** True when this machine has NIST's vectors; says so on the terminal when not. */
export function hasCavpVectors(what: string): boolean {
  if (cavpDirectory !== undefined) return true;
  announceSkip(
    `CAVP vectors for ${what}`,
    'install them: apt-get install python3-cryptography-vectors',
  );
  return false;
}

/** The cases of one response file. Throws when there are none. */
export function cavpCases(...path: readonly string[]): [RspCase, ...RspCase[]] {
  const [first, ...more] = parseRsp(readFileSync(join(cavpDirectory ?? '', ...path), 'utf8'));
  if (first === undefined) throw new RangeError(`no cases in ${path.join('/')}`);
  return [first, ...more];
}
