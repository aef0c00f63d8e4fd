// One file of a directory, the same byte for byte whenever the directory is the same.

import { basename, dirname } from 'node:path';
import { statSync } from 'node:fs';

/** Any day will do; a zip file, which `cf push` makes, knows none before 1980. */
const EVERY_TIME = '2000-01-01 00:00:00Z';

/**
 * @param {string} dir
 * @param {string} archive the file to write: `….tar.gz`
 * @param {import('../steps.mjs').Step} step
 * @returns {Promise<number>} its size in bytes
 */
export async function writeArchive(dir, archive, step) {
  step.say('compressing');
  await step.run('tar', [
    ...['--create', '--sort=name', `--mtime=${EVERY_TIME}`, '--format=gnu'],
    ...['--owner=0', '--group=0', '--numeric-owner'],
    ...['--use-compress-program=gzip -9n', '--file', archive],
    ...['--directory', dirname(dir), basename(dir)],
  ]);
  return statSync(archive).size;
}
