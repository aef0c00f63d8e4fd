import type { Connection } from '../../sqlite/index.ts';
import type { Findings } from './finding.ts';

interface CheckedEntry {
  readonly sequence: number;
  readonly stray: number;
  readonly last: number | null;
}

/** Looks for gaps, and whether keys know of their entries. Returns how many wait. */
export function checkOutbox(
  connection: Connection,
  acknowledged: number,
  findings: Findings,
): number {
  const rows = connection.prepare<[], CheckedEntry>(`
    SELECT o.sequence, o.stray,
      (SELECT k.outbox_sequence FROM keys k WHERE k.uid = o.uid) AS last
    FROM outbox o ORDER BY o.sequence`);
  let expected = acknowledged + 1;
  let depth = 0;
  for (const { sequence, stray, last } of rows.iterate()) {
    if (sequence !== expected) {
      findings.add('outbox', `entry ${expected} should come next, but ${sequence} does`);
    }
    // An entry about a key that was taken out and has come again is no stray's, nor is it the new row's.
    if (stray === 0 && last !== null && last !== 0 && last < sequence) {
      findings.add('outbox', `the key of entry ${sequence} does not know of it`);
    }
    expected = sequence + 1;
    depth += 1;
  }
  return depth;
}
