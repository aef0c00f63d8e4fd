import type { LinkState } from '../../uplink/uplink.ts';

/** How long a service key may be used, all in milliseconds. */
export interface LeaseTerms {
  /** Without a renewal by a Core that answers. */
  readonly leaseTtlMs: number;
  /** Without a Core; 0: not at all. */
  readonly maxOfflineMs: number;
}

/** The link as leases see it. */
export interface LinkView {
  readonly state: LinkState;
  /** Monotonic ms at which the link last became `linked`; undefined: not since the start. */
  readonly linkedAt: number | undefined;
}

/**
 * Monotonic ms at which the use of a service key ends that the Core last confirmed at `renewedAt`.
 *
 * Linked: the lease. A Core that answers and does not renew has taken the key back. After a cut the first renewal comes
 * with the first heartbeat, so a key that lived through the cut has one more lease from the moment the link is back, yet
 * never more than it would have had without.
 * Cut: `maxOfflineMs`. Stale: nobody has decided anything yet, so the longer of the two.
 */
export function leaseEnd(terms: LeaseTerms, renewedAt: number, link: LinkView): number {
  const { leaseTtlMs, maxOfflineMs } = terms;
  const longest = renewedAt + Math.max(leaseTtlMs, maxOfflineMs);
  switch (link.state) {
    case 'cut':
      return renewedAt + maxOfflineMs;
    case 'stale':
      return longest;
    case 'linked':
      return Math.max(
        renewedAt + leaseTtlMs,
        Math.min((link.linkedAt ?? renewedAt) + leaseTtlMs, longest),
      );
  }
}
