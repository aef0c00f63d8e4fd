// Generated files are committed. A generator writes its file, or with --check only compares and says what differs.

import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { projectRoot } from './paths.mjs';

/**
 * Writes `content` to `path`; with `--check` on the command line compares instead and sets exit code 1 on a difference.
 * @param {string} path
 * @param {string | Uint8Array} content
 */
export function writeOrCheck(path, content) {
  const wanted = Buffer.from(content);
  const current = read(path);
  if (current?.equals(wanted)) return;
  if (process.argv.includes('--check')) {
    console.error(
      `${relative(projectRoot, path)} is not what its generator makes: run \`npm run generate\` and commit the result`,
    );
    process.exitCode = 1;
  } else {
    writeFileSync(path, wanted);
  }
}

function read(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
