import { loadAddon } from '../addon/load-addon.ts';

/** How long an orderly exit may take, in milliseconds. */
const EXIT_MS = 1000;

/**
 * Ends the process in order, and within a second at the most: what has been done is done by then, and Node would wait for the
 * threads of its pool, of which one may be asking a nameserver that does not answer.
 */
export function endProcess(exit: number): never {
  try {
    loadAddon().addon.endProcessAfter(EXIT_MS, exit);
  } catch {
    // Without the addon, as with the pure provider on a platform that there is no build for, Node's own way is all there is.
  }
  process.exit(exit);
}
