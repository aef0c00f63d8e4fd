// A Debian root file system as an archive, by mmdebstrap from the places that this machine takes its own release from.

import { sourceLines } from './debian-source.mjs';
import { StepFailure } from './failure.mjs';

/**
 * @param {import('./steps.mjs').Step} step
 * @param {string} tarball the file to write: `….tar`
 * @param {object} wanted
 * @param {string} wanted.suite `bookworm`
 * @param {readonly string[]} [wanted.include] packages beside the smallest set
 * @param {readonly string[]} [wanted.leftOut] rules for dpkg: `path-exclude=/usr/share/man/*`
 */
export async function makeDebianRoot(step, tarball, { suite, include = [], leftOut = [] }) {
  const sources = sourceLines(suite, 'deb');
  if (sources.length === 0)
    throw new StepFailure(
      'this machine names no Debian mirror that a root file system could be made from',
      'Add its Debian release to /etc/apt/sources.list; for the container images, --pull takes their base from its registry.',
    );
  await step.run('mmdebstrap', [
    ...['--variant=minbase', '--format=tar'],
    // A mirror that is a snapshot is not renewed.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    ...(include.length > 0 ? [`--include=${include.join(',')}`] : []),
    ...leftOut.map((rule) => `--dpkgopt=${rule}`),
    ...[suite, tarball, ...sources],
  ]);
}
