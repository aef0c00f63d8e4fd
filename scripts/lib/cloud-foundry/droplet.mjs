// The directory that `cf push` uploads: the product with its own Node, and an application that uses it.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StepFailure } from '../failure.mjs';
import { findNode } from '../find-node.mjs';
import { isInstalled, npmCi } from '../npm.mjs';
import { projectRoot } from '../paths.mjs';
import { filesBelow, putFile } from '../plain-files.mjs';
import { checkElfFiles } from './elf-gate.mjs';
import { oddFiles } from './files.mjs';

const SOURCES = join(projectRoot, 'deploy', 'cloud-foundry');
const RUNTIME = join(projectRoot, 'scripts', 'runtime');
/** The part that belongs into an application of one's own; the rest is the example. */
export const PRODUCT = 'crypto-broker';
const NODE_PACKAGE = `node-linux-${process.arch}`;
export const NODE = `${PRODUCT}/runtime/node_modules/${NODE_PACKAGE}/bin/node`;
/** What must keep its mode. */
const PROGRAMS = [`${PRODUCT}/launch`, NODE];

/** @returns {string} `crypto-broker-cf-0.1.0-linux-x64` */
export function dropletName() {
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  return `crypto-broker-cf-${version}-linux-${process.arch}`;
}

/**
 * Fills an empty or absent directory.
 * @param {string} dir
 * @param {import('../steps.mjs').Step} step
 */
export async function fillDroplet(dir, step) {
  const product = join(dir, PRODUCT);
  step.say('the program and its packages');
  await step.run(findNode(), [join(projectRoot, 'scripts', 'product-tree.mjs'), product]);
  await putNode(join(product, 'runtime', 'node_modules', NODE_PACKAGE), step);
  step.say('the client library');
  const bundler = join(projectRoot, 'scripts', 'lib', 'cloud-foundry', 'bundle-client.mjs');
  await step.run(findNode(), [bundler, join(product, 'dist', 'client')], { cwd: projectRoot });

  const put = (from, to, options) => putFile(join(SOURCES, from), join(dir, to), options);
  put('launch', `${PRODUCT}/launch`, { executable: true });
  put('credentials.mjs', `${PRODUCT}/credentials.mjs`);
  put('profile.d/crypto-broker.sh', '.profile.d/crypto-broker.sh');
  for (const name of ['README.md', 'manifest.yml', 'manifest-gateway.yml']) put(name, name);
  for (const name of readdirSync(join(SOURCES, 'examples', 'node')))
    put(join('examples', 'node', name), name);
}

/** Node without its symbol table, which nobody looks at here and which is a seventh of it. */
async function putNode(to, step) {
  const from = join(RUNTIME, 'node_modules', NODE_PACKAGE);
  if (!isInstalled(RUNTIME)) await npmCi(RUNTIME, step);
  if (!existsSync(from))
    throw new StepFailure(
      `there is no packed Node for ${process.arch}`,
      'Pack on a machine of the processor that the stack runs on.',
    );
  step.say('Node');
  putFile(join(from, 'package.json'), join(to, 'package.json'));
  putFile(join(from, 'LICENSE'), join(to, 'LICENSE'));
  const program = join(to, 'bin', 'node');
  putFile(join(from, 'bin', 'node'), program, { executable: true });
  step.advice = 'strip is part of binutils.';
  await step.run('strip', [program]);
}

/**
 * Holds a droplet to what Cloud Foundry makes of it.
 * @param {string} dir
 * @returns {{elf: import('./elf-gate.mjs').ElfReport[], findings: string[]}}
 */
export function checkDroplet(dir) {
  const elf = checkElfFiles(dir);
  const findings = [
    ...oddFiles(dir),
    ...PROGRAMS.flatMap((path) => missingProgram(join(dir, path), path)),
    ...elf.flatMap(({ path, findings: wrong }) => wrong.map((finding) => `${path} ${finding}`)),
  ];
  return { elf, findings };
}

function missingProgram(file, path) {
  const entry = statSync(file, { throwIfNoEntry: false });
  if (entry === undefined) return [`${path} is not there`];
  return (entry.mode & 0o111) === 0o111 ? [] : [`${path} is not executable`];
}

/**
 * How much of a droplet is what.
 * @param {string} dir
 * @returns {{part: string, files: number, bytes: number}[]} the largest first
 */
export function dropletContents(dir) {
  const parts = new Map();
  for (const path of filesBelow(dir)) {
    const part = partOf(path);
    const sum = parts.get(part) ?? { part, files: 0, bytes: 0 };
    sum.files += 1;
    sum.bytes += statSync(join(dir, path)).size;
    parts.set(part, sum);
  }
  return [...parts.values()].sort((a, b) => b.bytes - a.bytes);
}

function partOf(path) {
  const [first, second, third] = path.split('/');
  if (first !== PRODUCT) return 'manifests, example, README';
  if (third === undefined) return `${PRODUCT}/*`;
  return second === 'dist' ? `${first}/dist/${third}` : `${first}/${second}`;
}
