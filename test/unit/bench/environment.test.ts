import { describe, expect, it } from 'vitest';

import {
  machineFacts,
  nativeFacts,
  placement,
  scheduling,
} from '../../../bench/harness/environment.ts';
import type { ProviderReport } from '../../../src/crypto/provider.ts';

const report: ProviderReport = {
  provider: 'native',
  fips: 'required',
  libraryVersion: 'OpenSSL 3.5.7',
  module: {
    name: 'OpenSSL FIPS Provider',
    version: '3.5.7',
    buildInfo: '3.5.7',
    path: undefined,
    sha256: undefined,
    source: 'package',
  },
  selfTests: [{ type: 'KAT_Digest', name: 'SHA2', passed: true }],
  memory: { secureHeap: true, locked: true, dumpable: false },
};

const valueOf = (facts: readonly { label: string; value: string }[], label: string) =>
  facts.find((fact) => fact.label === label)?.value;

describe('the placement', () => {
  it.each([
    ['Cpus_allowed_list:\t0-3\n', 'free'],
    ['Cpus_allowed_list:\t0,2-4\n', 'free'],
    ['Cpus_allowed_list:\t0-1\n', 'pinned to 0-1'],
    ['Cpus_allowed_list:\t3\n', 'pinned to 3'],
    ['Name:\tnode\n', 'unknown'],
  ])('reads %j on four cores as %s', (status, expected) => {
    expect(placement(status, 4)).toBe(expected);
  });
});

describe('the scheduling', () => {
  const stat = (policy: number) => `7 (a) b) S ${'0 '.repeat(37)}${policy} 0 0`;

  it.each([
    [stat(0), 0, 'normal'],
    [stat(0), -19, 'nice -19'],
    [stat(1), 0, 'real time'],
    [stat(2), 0, 'real time'],
    ['', 0, 'normal'],
  ])('reads %j at nice %d as %s', (text, nice, expected) => {
    expect(scheduling(text, nice)).toBe(expected);
  });
});

describe('the environment block', () => {
  it('says when, on what, and how busy the machine was', () => {
    const facts = machineFacts(new Date('2026-11-21T12:00:00Z'));
    expect(valueOf(facts, 'date')).toBe('2026-11-21T12:00:00.000Z');
    expect(valueOf(facts, 'Node')).toContain(process.versions.openssl);
    expect(valueOf(facts, 'load average')).toMatch(/^\d+\.\d\d \d+\.\d\d \d+\.\d\d$/);
    expect(facts.every(({ value }) => value !== '')).toBe(true);
  });

  it('says which module answered and that FIPS mode was required', () => {
    const facts = nativeFacts(report);
    expect(valueOf(facts, 'provider')).toBe('OpenSSL FIPS Provider 3.5.7');
    expect(valueOf(facts, 'FIPS')).toBe('required, 1 self tests passed');
  });

  it('does not hide that FIPS mode was off', () => {
    expect(valueOf(nativeFacts({ ...report, fips: 'off', module: undefined }), 'FIPS')).toBe('off');
  });
});
