// One build at a time in one checkout, whichever script was started.

import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { projectRoot } from './paths.mjs';

/**
 * @template T
 * @param {string} purpose
 * @param {import('./steps.mjs').Steps} steps
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export function withCheckout(purpose, steps, work) {
  return withLock(join(projectRoot, 'build', 'setup.lock'), purpose, work, (text) =>
    steps.line(text),
  );
}
