#!/usr/bin/env node
// Writes the product as it is deployed to a directory.

import { resolve } from 'node:path';
import { findNode } from '../bin/lib/find-node.mjs';
import { runAsProgram } from './lib/cli.mjs';
import { writeProductTree } from './lib/product-tree.mjs';

const HELP = `Usage: node scripts/product-tree.mjs OUT

Writes what a deployment needs to OUT, which must be empty or absent: the program, its packages without sources, types and
builds for other systems, the native core with its FIPS module, the shipped profiles, the licences, and the bill of
materials (sbom.cdx.json). The checkout must be
built (npm run setup). Node itself is not in it: put one at runtime/node_modules/node-linux-ARCH, as the packed droplet does,
or start OUT/bin/cryptobroker.mjs with a Node of your own.

  --help   this text`;

await runAsProgram(import.meta.url, HELP, {}, async (_options, positionals) => {
  const [out, ...more] = positionals;
  if (out === undefined || more.length > 0) {
    console.error(HELP);
    return 2;
  }
  const { files, bytes } = await writeProductTree(resolve(out), { node: findNode() });
  console.log(`${files} files, ${(bytes / 1048576).toFixed(1)} MiB`);
  return 0;
});
