import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A directory of this test alone, mode 0700, removed when the test has ended. */
export function scratchDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'cryptobroker-test-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}
