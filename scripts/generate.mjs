#!/usr/bin/env node
// Makes src/generated from proto/: the message codecs (ts-proto) and the descriptors that server reflection answers
// with. The result is committed.
//
//   node scripts/generate.mjs            writes it
//   node scripts/generate.mjs --check    compares, and fails when a file differs, is missing or is left over

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { runAsProgram } from './lib/cli.mjs';
import { findNode } from './lib/find-node.mjs';
import { writeOrCheck } from './lib/generated-file.mjs';
import { projectRoot } from './lib/paths.mjs';
import { run } from './lib/run.mjs';

const HELP = `Usage: node scripts/generate.mjs [--check]

Makes src/generated from proto/. With --check it only compares and exits 1 on a difference.`;

const generated = join(projectRoot, 'src', 'generated');
const buf = join(projectRoot, 'node_modules', '@bufbuild', 'buf', 'bin', 'buf');

/** What reflection shows: the wire as its users know it, without the server's private view of it. */
const REFLECTED = ['proto/cryptobroker/crypto_broker.proto', 'proto/grpc/health/v1/health.proto'];

await runAsProgram(import.meta.url, HELP, { check: { type: 'boolean' } }, async ({ check }) => {
  const scratch = mkdtempSync(join(tmpdir(), 'crypto-broker-generate-'));
  try {
    await runBuf(['generate', '--output', scratch]);
    // buf puts its output into the folder that buf.gen.yaml names, below the scratch folder.
    const codecs = join(scratch, relative(projectRoot, generated));
    const wanted = filesBelow(codecs).map((path) => [path, readFileSync(join(codecs, path))]);
    wanted.push(['descriptors.ts', await makeDescriptors(scratch)]);
    for (const [path, content] of wanted) {
      const target = join(generated, path);
      if (!check) await mkdir(dirname(target), { recursive: true });
      writeOrCheck(target, content);
    }
    dropLeftovers(new Set(wanted.map(([path]) => path)), check);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return process.exitCode;
});

/** A module with the FileDescriptorSet as base64: a package of modules needs no path to a file at run time. */
async function makeDescriptors(scratch) {
  const file = join(scratch, 'descriptors.binpb');
  const only = REFLECTED.flatMap((path) => ['--path', path]);
  await runBuf(['build', '--as-file-descriptor-set', '--exclude-source-info', ...only, '--output', file]);
  const lines = readFileSync(file).toString('base64').match(/.{1,96}/g);
  return [
    '// Made by scripts/generate.mjs from proto/. DO NOT EDIT.',
    '',
    '/** The public services as a google.protobuf.FileDescriptorSet, in base64. */',
    'export const FILE_DESCRIPTOR_SET =',
    `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
    '',
  ].join('\n');
}

/** The plugin starts as `node` by PATH, so the right one stands first there. */
function runBuf(args) {
  const node = findNode();
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
  return run(node, [buf, ...args], { cwd: projectRoot, env });
}

/** Removes, or with `check` reports, what an earlier run made and this one does not. */
function dropLeftovers(wanted, check) {
  for (const path of filesBelow(generated).filter((name) => !wanted.has(name))) {
    if (check) {
      console.error(`src/generated/${path} is made by nothing in proto/: run \`npm run generate\` and commit the result`);
      process.exitCode = 1;
    } else {
      rmSync(join(generated, path));
    }
  }
}

function filesBelow(dir) {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .sort();
}
