// The npm package: what `files` of package.json names, for the platform it was built on.

import { readdirSync } from 'node:fs';
import { StepFailure } from '../failure.mjs';
import { npmCommand, withoutNpm } from '../npm.mjs';
import { projectRoot } from '../paths.mjs';

/**
 * Packs it into `dir`. The same files give the same archive: npm sets their dates and modes.
 * @param {string} dir
 * @param {import('../steps.mjs').Step} step
 * @returns {Promise<string>} the archive's name
 */
export async function packNpm(dir, step) {
  const [command, ...first] = npmCommand(process.execPath);
  await step.run(command, [...first, 'pack', '--ignore-scripts', '--pack-destination', dir], {
    cwd: projectRoot,
    env: withoutNpm(process.env),
  });
  const archive = readdirSync(dir).find((name) => name.endsWith('.tgz'));
  if (archive === undefined)
    throw new StepFailure('npm pack has made no archive', 'Look at the log.');
  return archive;
}
