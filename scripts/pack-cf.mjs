#!/usr/bin/env node
// Packs what is pushed to Cloud Foundry.

import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeArchive } from './lib/cloud-foundry/archive.mjs';
import {
  checkDroplet,
  dropletContents,
  dropletName,
  fillDroplet,
} from './lib/cloud-foundry/droplet.mjs';
import { runAsProgram } from './lib/cli.mjs';
import { StepFailure } from './lib/failure.mjs';
import { withLock } from './lib/lock.mjs';
import { projectRoot } from './lib/paths.mjs';
import { Steps } from './lib/steps.mjs';
import { prepare } from './setup.mjs';

const MIB = 1 << 20;
/** The archive must stay below this. */
const LARGEST_ARCHIVE = 60 * MIB;
const PLACE = join(projectRoot, 'build', 'cf');

const HELP = `npm run pack:cf [-- OPTIONS]

Makes build/cf/${dropletName()}/, a directory to \`cf push\`, and the same as .tar.gz:
our Node without its symbols, the program, the native core with its FIPS module, the profiles, a launch script, the client
library, a small example application, and manifests for it and for a Gateway. deploy/cloud-foundry/README.md says how to go
on. It runs from wherever it is put, and is the same byte for byte when it is packed again.

Refused are links and odd file modes, which a push would not carry over; programs and libraries that want more than the
oldest stack has (glibc 2.35, libstdc++ of GCC 12) or another library; and an archive of ${LARGEST_ARCHIVE / MIB} MiB or more.

  --out DIR      write there instead of build/cf
  --no-archive   the directory alone
  --check DIR    pack nothing; hold DIR to the same rules: a droplet that you changed, or an application that has the product
                 in it
  --as-built     pack what is built, without bringing the checkout up to date first
  --help         this text`;

/**
 * @param {{out?: string, archive?: boolean, steps?: Steps}} [options]
 * @returns {Promise<{dir: string, archive: string | undefined, elf: import('./lib/cloud-foundry/elf-gate.mjs').ElfReport[],
 *   contents: {part: string, files: number, bytes: number}[], archiveBytes: number | undefined}>}
 */
export async function packDroplet({ out = PLACE, archive = true, steps = new Steps() } = {}) {
  return withLock(
    `${out}.lock`,
    'packing the droplet',
    async () => {
      const dir = join(out, dropletName());
      const file = `${dir}.tar.gz`;
      rmSync(dir, { recursive: true, force: true });
      rmSync(file, { force: true });
      mkdirSync(dir, { recursive: true });
      const elf = await fill(dir, steps);
      const contents = dropletContents(dir);
      if (!archive) return { dir, elf, contents, archive: undefined, archiveBytes: undefined };
      return { dir, elf, contents, archive: file, archiveBytes: await compress(dir, file, steps) };
    },
    (text) => steps.line(text),
  );
}

function fill(dir, steps) {
  return steps.step('pack-cf', 'droplet', async (step) => {
    step.begin();
    await fillDroplet(dir, step);
    const { elf, findings } = checkDroplet(dir);
    if (findings.length > 0)
      throw new StepFailure(
        `the droplet would not run everywhere:\n${findings.map((text) => `  ${text}`).join('\n')}`,
        'Pack on Debian 12 (glibc 2.36, GCC 12): what is built on a newer system asks for newer libraries.',
      );
    return elf;
  });
}

function compress(dir, file, steps) {
  return steps.step('pack-cf-archive', 'droplet archive', async (step) => {
    step.begin();
    const bytes = await writeArchive(dir, file, step);
    step.result = `${mib(bytes)} MiB`;
    if (bytes >= LARGEST_ARCHIVE)
      throw new StepFailure(
        `the archive has ${mib(bytes)} MiB, and may have less than ${LARGEST_ARCHIVE / MIB}`,
        'scripts/lib/product-tree.mjs decides what is in it; `npm run pack:cf -- --no-archive` shows what is large.',
      );
    return bytes;
  });
}

function mib(bytes) {
  return (bytes / MIB).toFixed(1);
}

function show({ dir, archive, elf, contents, archiveBytes }) {
  const sum = (key) => contents.reduce((total, part) => total + part[key], 0);
  const rows = [...contents, { part: 'all', files: sum('files'), bytes: sum('bytes') }];
  for (const { part, files, bytes } of rows)
    console.log(`${mib(bytes).padStart(8)} MiB ${String(files).padStart(6)} files  ${part}`);
  console.log('\nprograms and libraries, and the newest that each asks of the system:');
  for (const { path, newest } of elf) console.log(`  ${path}: ${newest.join(', ')}`);
  console.log(`\n${dir}`);
  if (archive && archiveBytes !== undefined)
    console.log(`${archive}: ${mib(archiveBytes)} MiB (limit ${LARGEST_ARCHIVE / MIB})`);
}

function check(dir) {
  const { elf, findings } = checkDroplet(dir);
  for (const finding of findings) console.error(`✗ ${finding}`);
  if (findings.length === 0) console.log(`${dir}: ${elf.length} programs and libraries, all well`);
  return findings.length === 0 ? 0 : 1;
}

await runAsProgram(
  import.meta.url,
  HELP,
  {
    out: { type: 'string' },
    'no-archive': { type: 'boolean' },
    check: { type: 'string' },
    'as-built': { type: 'boolean' },
  },
  async (options) => {
    if (options.check !== undefined) return check(resolve(options.check));
    const steps = new Steps();
    if (!options['as-built']) await prepare({ steps });
    show(
      await packDroplet({
        out: options.out === undefined ? PLACE : resolve(options.out),
        archive: !options['no-archive'],
        steps,
      }),
    );
    return 0;
  },
);
