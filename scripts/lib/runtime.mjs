// The Node that everything here is built, tested and packed with, when the one at hand is too old.

import { join } from 'node:path';
import { findNode, findNodeDir } from './find-node.mjs';
import { isInstalled, npmCi } from './npm.mjs';
import { projectRoot } from './paths.mjs';
import { StepFailure } from './failure.mjs';

const RUNTIME = join(projectRoot, 'scripts', 'runtime');

/**
 * Makes sure that there is a Node 24 or later, with its headers.
 * @param {import('./steps.mjs').Step} step
 * @returns {Promise<string>} its absolute path
 */
export async function ensureRuntime(step) {
  if (!needsPackedNode()) return findNode();
  if (!['x64', 'arm64'].includes(process.arch)) {
    throw new StepFailure(
      `there is no packed Node for ${process.arch}`,
      'Install Node 24 or later, with its headers, and run the same command with it.',
    );
  }
  if (!isInstalled(RUNTIME)) {
    step.advice =
      'The package registry could not be reached or refused. Check the network (`npm ping`), then run the same command again; ' +
      'or install Node 24 or later yourself and run it with that.';
    step.begin(
      `this is Node ${process.versions.node}; fetching a newer one into the checkout (about 50 MB)`,
    );
    await npmCi(RUNTIME, step);
  }
  return findNode();
}

/** Too old, or (a distribution's package) without the headers that node-gyp asks for. */
function needsPackedNode() {
  try {
    const node = findNode();
    return node !== process.execPath || findNodeDir(node) === undefined;
  } catch {
    return true;
  }
}
