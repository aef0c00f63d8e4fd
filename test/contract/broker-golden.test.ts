import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { goldenCalls } from './golden/broker-calls.ts';
import { goldenLogLines } from './golden/broker-log-lines.ts';
import { goldenUrls } from './golden/broker-urls.ts';
import { goldenWords } from './golden/broker-words.ts';
import { openPure } from '../support/providers.ts';

/**
 * native/test/broker_golden_test.cc and log_line_test.cc hold the native methods to the same files: what both sides agree
 * with, they agree on. After a change that is meant, `vitest run --project contract broker-golden -u` writes them anew.
 */
const golden = (name: string): string =>
  join(import.meta.dirname, '..', '..', 'native', 'test', 'golden', name);

describe('the golden files of the native methods', () => {
  it('have the calls as the method table answers them', async () => {
    await expect(await goldenCalls(await openPure())).toMatchFileSnapshot(
      golden('broker_calls.txt'),
    );
  });

  it('have the locations of CRLs that are accepted, and others', async () => {
    await expect(goldenUrls()).toMatchFileSnapshot(golden('broker_crl_urls.txt'));
  });

  it('have the words of callers as errors and the log show them', async () => {
    await expect(goldenWords()).toMatchFileSnapshot(golden('broker_words.txt'));
  });

  it('have the lines of finished calls', async () => {
    await expect(goldenLogLines()).toMatchFileSnapshot(golden('log_lines.txt'));
  });
});
