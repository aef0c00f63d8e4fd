// For commands that load what is compiled, and need the Node that it is compiled for.

import { fileURLToPath } from 'node:url';
import { findNode } from '../../bin/lib/find-node.mjs';
import { setup } from '../setup.mjs';
import { runWithNode } from '../with-node.mjs';

/**
 * Brings the checkout up to date. Under an older Node the command is then run again under the right one, and its exit code
 * returned; undefined: this is the right one, go on. What is compiled is to be imported after this, not at the top.
 * @param {string} url the command's import.meta.url
 * @returns {Promise<number | undefined>}
 */
export async function prepareCheckout(url) {
  await setup();
  if (findNode() === process.execPath) return undefined;
  const { code } = await runWithNode([fileURLToPath(url), ...process.argv.slice(2)]);
  return code ?? 1;
}
