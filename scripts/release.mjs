#!/usr/bin/env node
// `npm run release`: everything that is published of one version, made from a clean checkout.

import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runAsProgram } from './lib/cli.mjs';
import { projectRoot } from './lib/paths.mjs';
import { billOfMaterials } from './lib/release/bill-of-materials.mjs';
import {
  readSigningKey,
  signChecksums,
  writeChecksums,
  CHECKSUMS,
  PUBLIC_KEY,
  SIGNATURE,
} from './lib/release/checksums.mjs';
import { packNpm } from './lib/release/npm-package.mjs';
import { checkReady, readVersion } from './lib/release/readiness.mjs';
import { licences, licenceText } from './lib/release/licences.mjs';
import { sha256File } from './lib/stamp.mjs';
import { explain, Steps } from './lib/steps.mjs';
import { emptyDir, replaceDir } from './lib/replace-dir.mjs';
import { prepare } from './setup.mjs';

const OUT = join(projectRoot, 'build', 'release');

const HELP = `Usage: npm run release -- (--sign-key FILE | --unsigned) [--allow-dirty]

Makes build/release/ of this checkout, for the platform it runs on:

  crypto-broker-VERSION.tgz   the npm package with the built core in it: installs without a compiler
  sbom.cdx.json               bill of materials (CycloneDX 1.6), OpenSSL and nghttp2 included
  THIRD-PARTY-LICENSES.txt    every package that is shipped, its licence and the text of it
  SHA256SUMS                  checksums of the above (sha256sum --check SHA256SUMS)
  SHA256SUMS.sig              ECDSA over SHA256SUMS, to be verified with
                              openssl dgst -sha256 -verify release-key.pem -signature SHA256SUMS.sig SHA256SUMS
  release-key.pem             the public key to that; to be trusted only where it came another way

It refuses a checkout with changes that are not committed, a version without an entry of its own in CHANGELOG.md, and a
licence that is not on the list. Nothing is published: what to do next is printed at the end. Run \`npm test\` first.

  --sign-key FILE   PEM with an ECDSA private key on P-256 or P-384, mode 0600
  --unsigned        make no signature
  --allow-dirty     take the checkout as it is
  --help            this text`;

const OPTIONS = {
  'sign-key': { type: 'string' },
  unsigned: { type: 'boolean' },
  'allow-dirty': { type: 'boolean' },
};

await runAsProgram(import.meta.url, HELP, OPTIONS, async (options, positionals) => {
  const { 'sign-key': signKey, unsigned = false } = options;
  if (positionals.length > 0 || (signKey === undefined) !== unsigned) {
    console.error(`say either --sign-key FILE or --unsigned\n\n${HELP}`);
    return 2;
  }
  const steps = new Steps();
  try {
    const names = await release(steps, { signKey, allowDirty: options['allow-dirty'] ?? false });
    report(names);
    return 0;
  } catch (error) {
    explain(error);
    return 1;
  }
});

async function release(steps, { signKey, allowDirty }) {
  const version = readVersion();
  await steps.step('release-ready', 'ready for a release', async (step) => {
    step.begin();
    checkReady(version, { allowDirty });
  });
  const key = signKey === undefined ? undefined : readSigningKey(signKey);
  const { node } = await prepare({ steps });
  const dir = emptyDir('release');
  const names = [];
  const write = (name, text) => {
    writeFileSync(join(dir, name), text);
    names.push(name);
  };
  await steps.step('release-package', 'npm package', async (step) => {
    step.begin();
    names.push(await packNpm(dir, step));
  });
  await steps.step('release-sbom', 'bill of materials', async (step) => {
    step.begin();
    write('sbom.cdx.json', await billOfMaterials({ node, log: step.log }));
  });
  await steps.step('release-licences', 'licences', async (step) => {
    step.begin();
    write('THIRD-PARTY-LICENSES.txt', licenceText(licences()));
  });
  writeChecksums(dir, names);
  names.push(CHECKSUMS);
  if (key !== undefined) {
    signChecksums(dir, key);
    names.push(SIGNATURE, PUBLIC_KEY);
  }
  replaceDir(dir, OUT);
  return names;
}

function report(names) {
  const rows = names.map((name) => {
    const path = join(OUT, name);
    return `  ${name.padEnd(32)}${(statSync(path).size / 1048576).toFixed(2).padStart(8)} MiB  ${sha256File(path)}`;
  });
  const [archive] = names;
  const signed = names.includes(SIGNATURE);
  const key = signed
    ? `\nSHA-256 of release-key.pem, for the release notes: ${sha256File(join(OUT, PUBLIC_KEY))}`
    : '';
  console.log(`\nbuild/release\n${rows.join('\n')}\n${key}
Next: try it (npm install ./build/release/${archive}), then tag v${readVersion()}, publish the files, and
npm publish build/release/${archive}${signed ? '' : '\n\nThere is no signature: this is for trying, not for publishing.'}`);
}
