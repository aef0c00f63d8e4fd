import { BrokerError } from '../errors/index.ts';
import type { Connection } from './driver.ts';
import type { Subject } from './failure.ts';

/** Damage that is listed; a file that has more is no less damaged. */
const LISTED = 20;

/**
 * Looks at every page of the file for damage of its structure, indexes against tables left out: about half a second for
 * a million small rows. Throws VAULT_DAMAGED.
 */
export function quickCheck(connection: Connection, subject: Subject): void {
  const found = connection.pragma(`quick_check(${LISTED})`) as { readonly quick_check: string }[];
  const damage = found.map((row) => row.quick_check).filter((line) => line !== 'ok');
  if (damage.length === 0) return;
  throw new BrokerError('VAULT_DAMAGED', 'the database file is damaged', {
    field: subject,
    cause: new Error(damage.join('; ')),
  });
}
