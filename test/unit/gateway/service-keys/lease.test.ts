import { describe, expect, it } from 'vitest';
import { leaseEnd } from '../../../../src/gateway/service-keys/lease.ts';

const TERMS = { leaseTtlMs: 300, maxOfflineMs: 3600 };

describe('the end of a service key', () => {
  it('is the lease while the Core answers', () => {
    expect(leaseEnd(TERMS, 1000, { state: 'linked', linkedAt: 500 })).toBe(1300);
  });

  it('is the offline limit while the link is cut, also when that is shorter than the lease', () => {
    expect(leaseEnd(TERMS, 1000, { state: 'cut', linkedAt: 500 })).toBe(4600);
    expect(leaseEnd({ ...TERMS, maxOfflineMs: 100 }, 1000, { state: 'cut', linkedAt: 1 })).toBe(
      1100,
    );
    expect(leaseEnd({ ...TERMS, maxOfflineMs: 0 }, 1000, { state: 'cut', linkedAt: 1 })).toBe(1000);
  });

  it('is the longer of the two while nobody knows', () => {
    expect(leaseEnd(TERMS, 1000, { state: 'stale', linkedAt: 500 })).toBe(4600);
    expect(leaseEnd({ ...TERMS, maxOfflineMs: 0 }, 1000, { state: 'stale', linkedAt: 1 })).toBe(
      1300,
    );
  });

  it('leaves one lease for the first renewal after a cut', () => {
    expect(leaseEnd(TERMS, 1000, { state: 'linked', linkedAt: 3000 })).toBe(3300);
  });

  it('is never put off by a link that comes and goes without renewing', () => {
    expect(leaseEnd(TERMS, 1000, { state: 'linked', linkedAt: 4500 })).toBe(4600);
    expect(leaseEnd({ ...TERMS, maxOfflineMs: 0 }, 1000, { state: 'linked', linkedAt: 1290 })).toBe(
      1300,
    );
  });
});
