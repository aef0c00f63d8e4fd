import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { wycheproofDirectory } from '../support/environment.ts';

/** One test of a Wycheproof file: hexadecimal inputs, and what a correct implementation does with them. */
export interface WycheproofTest {
  readonly tcId: number;
  readonly comment: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
  readonly [input: string]: unknown;
}

/** Tests that share parameters, sizes in bits. */
export interface WycheproofGroup<T extends WycheproofTest> {
  readonly keySize: number;
  readonly ivSize?: number;
  readonly tagSize?: number;
  readonly tests: readonly T[];
}

interface WycheproofFile<T extends WycheproofTest> {
  readonly numberOfTests: number;
  readonly testGroups: readonly WycheproofGroup<T>[];
}

/** The groups of one file. Throws when the file holds another number of tests than it says. */
export function wycheproofGroups<T extends WycheproofTest>(
  name: string,
): readonly WycheproofGroup<T>[] {
  const path = join(wycheproofDirectory ?? '', name);
  const file = JSON.parse(readFileSync(path, 'utf8')) as WycheproofFile<T>;
  const count = file.testGroups.reduce((sum, group) => sum + group.tests.length, 0);
  if (count !== file.numberOfTests || count === 0) throw new RangeError(`${name} is incomplete`);
  return file.testGroups;
}
