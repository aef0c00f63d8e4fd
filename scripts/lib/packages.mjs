// Installs missing Debian packages, or says in one command which ones a person has to install.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cacheRoot } from './paths.mjs';
import { isDebian, missing } from './prerequisites.mjs';
import { capture, CommandError } from './run.mjs';
import { readJson, writeJson } from './stamp.mjs';
import { StepFailure } from './failure.mjs';

const DAY_MS = 24 * 60 * 60 * 1000;
const APT = ['apt-get', '-q', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=300'];
const LISTS = '/var/lib/apt/lists';

/**
 * Makes sure that everything `purpose` needs is there. What is only useful is tried once a day, and never a failure.
 * @param {import('./prerequisites.mjs').Purpose} purpose
 * @param {import('./steps.mjs').Step} step
 * @param {import('./steps.mjs').Steps} steps
 */
export async function ensurePackages(purpose, step, steps) {
  const { required, optional } = missing(purpose);
  if (required.length === 0 && optional.length === 0) return;

  const asRoot = isDebian() ? rootCommand() : undefined;
  if (required.length > 0) {
    if (!asRoot) throw new StepFailure(`missing: ${names(required)}`, request(required));
    step.advice = `If the package mirror does not answer, check the network. The same by hand: ${installCommand(required)}`;
    await install(required, asRoot, step);
    const still = missing(purpose).required;
    if (still.length > 0) {
      throw new StepFailure(
        `installed, and still not found: ${names(still)}`,
        'Their commands must be on PATH; look at `echo $PATH`.',
      );
    }
  }
  if (optional.length > 0) await tryOptional(purpose, optional, asRoot, step, steps);
}

async function tryOptional(purpose, items, asRoot, step, steps) {
  const note = join(cacheRoot(), 'optional-packages.json');
  const tried = readJson(note) ?? {};
  for (const item of items) {
    if (!asRoot || Date.now() - Date.parse(tried[item.name] ?? '') < DAY_MS) continue;
    tried[item.name] = new Date().toISOString();
    try {
      await install([item], asRoot, step);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
    }
    writeJson(note, tried);
  }
  for (const item of missing(purpose).optional) {
    steps.warn(
      `missing: ${item.name} (${item.reason})${isDebian() ? `; to have it: ${installCommand([item])}` : ''}`,
    );
  }
}

/** Installs what is missing, in one go. */
async function install(items, asRoot, step) {
  step.begin();
  step.say(`installing ${items.map((item) => item.packages[0].join(' ')).join(' ')}`);
  // The settings go through env(1), because sudo takes ours away. Ending a package installation half-way harms the machine.
  const [command, ...first] = [
    ...asRoot,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'LC_ALL=C',
    ...APT,
  ];
  const apt = (...args) => step.run(command, [...first, ...args], { mayOutliveUs: true });
  let fresh = listsAgeMs() > DAY_MS;
  if (fresh) await apt('update');
  for (;;) {
    try {
      await apt('install', '-y', '--no-install-recommends', ...items.flatMap(choosePackages));
      return;
    } catch (error) {
      // A version from yesterday's list may be gone today.
      if (fresh || !(error instanceof CommandError)) throw error;
      fresh = true;
      await apt('update');
    }
  }
}

/** The first alternative that the package lists know. */
function choosePackages(item) {
  if (item.packages.length === 1) return item.packages[0];
  const served =
    capture('apt-cache', ['policy', ...new Set(item.packages.flat())], {
      env: { ...process.env, LC_ALL: 'C' },
    }) ?? '';
  const known = (name) =>
    new RegExp(
      `^${name.replaceAll('+', '\\+')}:\\n(?:  .*\\n)*?  Candidate: (?!\\(none\\))`,
      'm',
    ).test(served);
  return item.packages.find((names) => names.every(known)) ?? item.packages[0];
}

/** How to run apt-get as root: [] when we are, ['sudo', '-n'] when sudo asks nothing, undefined when we cannot. */
function rootCommand() {
  if (process.getuid?.() === 0) return [];
  return capture('sudo', ['-n', 'true']) === undefined ? undefined : ['sudo', '-n'];
}

/** How old the package lists are; infinite when there are none. */
function listsAgeMs() {
  try {
    const times = readdirSync(LISTS)
      .filter((name) => /_(InRelease|Release|Packages)/.test(name))
      .map((name) => statSync(join(LISTS, name)).mtimeMs);
    // apt leaves an unchanged list its old date; the directory tells when it last looked.
    return times.length === 0
      ? Infinity
      : Date.now() - Math.max(...times, statSync(join(LISTS, 'partial')).mtimeMs);
  } catch {
    return Infinity;
  }
}

function names(items) {
  return items.map((item) => item.name).join(', ');
}

/** One command to paste; the package lists may be missing or old, so they come first. */
function installCommand(items) {
  const command = `apt-get update && apt-get install -y --no-install-recommends ${items.flatMap(choosePackages).join(' ')}`;
  if (process.getuid?.() === 0) return command;
  return existsSync('/usr/bin/sudo')
    ? command.replaceAll('apt-get', 'sudo apt-get')
    : `su -c '${command}'`;
}

/** What a person without root has to pass on to somebody who is. */
function request(items) {
  const width = Math.max(...items.map((item) => item.name.length));
  const reasons = items.map((item) => `  ${item.name.padEnd(width)}  ${item.reason}`).join('\n');
  if (!isDebian())
    return `This is not Debian, so nothing was installed. Install these and run the same command again:\n${reasons}`;
  return (
    `This user cannot install packages (not root, and no sudo without a password). Needed:\n${reasons}\n` +
    `Run this once, then the same command again:\n\n  ${installCommand(items)}`
  );
}
