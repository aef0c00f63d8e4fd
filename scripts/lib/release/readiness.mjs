// Whether a checkout may become a release.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StepFailure } from '../failure.mjs';
import { projectRoot } from '../paths.mjs';
import { capture } from '../run.mjs';

/** @returns {string} the version in package.json */
export function readVersion() {
  return JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')).version;
}

/**
 * Throws what stands against a release of this version.
 * @param {string} version
 * @param {{allowDirty: boolean, changelog?: string}} options
 */
export function checkReady(
  version,
  { allowDirty, changelog = readFileSync(join(projectRoot, 'CHANGELOG.md'), 'utf8') },
) {
  const entry = /^## (\S+)(?: \((.*)\))?$/m.exec(changelog);
  if (entry?.[1] !== version)
    throw new StepFailure(
      `the first entry of CHANGELOG.md is of ${entry?.[1] ?? 'no version'}, not of ${version}`,
      `Write an entry \`## ${version} (YYYY-MM-DD)\`, or correct the version in package.json.`,
    );
  if (allowDirty) return;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(entry[2] ?? ''))
    throw new StepFailure(
      `version ${version} has no date in CHANGELOG.md`,
      `Write \`## ${version} (YYYY-MM-DD)\`.`,
    );
  const changes = capture('git', ['status', '--porcelain'], { cwd: projectRoot });
  if (changes === undefined)
    throw new StepFailure(
      'git does not say whether this checkout is clean',
      'Make releases from a git checkout.',
    );
  if (changes.trim() !== '')
    throw new StepFailure(
      'the checkout has changes that are not committed',
      'Commit or undo them; --allow-dirty tries it all the same.',
    );
}
