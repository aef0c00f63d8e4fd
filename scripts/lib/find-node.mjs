// The lookup itself is in bin/lib, because the published package has bin/ and not scripts/.
// Here is what only a build needs: the directory with Node's headers.

import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packedNodeDirs } from '../../bin/lib/find-node.mjs';

export { findNode } from '../../bin/lib/find-node.mjs';

/**
 * The directory to give node-gyp as --nodedir for this Node: its own prefix when the headers are there (a
 * distribution's Node has none), else our packed one.
 * @param {string} node absolute path
 * @returns {string | undefined}
 */
export function findNodeDir(node) {
  const prefix = dirname(dirname(realpathSync(node)));
  return [prefix, ...packedNodeDirs()].find((dir) =>
    existsSync(join(dir, 'include', 'node', 'common.gypi')),
  );
}
