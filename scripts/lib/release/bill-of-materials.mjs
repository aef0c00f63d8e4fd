// The bill of materials (CycloneDX 1.6, ECMA-424): what npm knows, and what is compiled into the native core.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StepFailure } from '../failure.mjs';
import { withoutNpm } from '../npm.mjs';
import { projectRoot } from '../paths.mjs';
import { run } from '../run.mjs';
import { readJson, sha256File } from '../stamp.mjs';

const TOOL = join(
  projectRoot,
  'node_modules',
  '@cyclonedx',
  'cyclonedx-npm',
  'bin',
  'cyclonedx-npm-cli.js',
);
const VERSION = '1.6';

/**
 * The bill of the product for this platform, checked against the schema of CycloneDX. The same sources give the same bill.
 * @param {{node: string, log?: string}} options
 * @returns {Promise<string>} JSON
 */
export async function billOfMaterials({ node, log }) {
  const bill = await npmBill(node, log);
  const { components, files, dependencies } = nativeParts();
  const product = bill.metadata.component['bom-ref'];
  bill.components.push(...components, ...files);
  bill.dependencies.find(({ ref }) => ref === product).dependsOn.push(...files.map(refOf));
  bill.dependencies.push(...dependencies);
  const text = `${JSON.stringify(bill, null, 2)}\n`;
  // Not at the top: commands explain themselves, and set the checkout up, before there are packages.
  const { Spec, Validation } = await import('@cyclonedx/cyclonedx-library');
  const wrong = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text);
  if (wrong !== null)
    throw new StepFailure(
      `the bill of materials breaks its schema: ${JSON.stringify(wrong).slice(0, 500)}`,
      'This is a mistake of scripts/lib/release.',
    );
  return text;
}

async function npmBill(node, log) {
  const dir = mkdtempSync(join(tmpdir(), 'cryptobroker-sbom-'));
  const file = join(dir, 'bom.json');
  const options = [
    '--omit',
    'dev',
    '--output-reproducible',
    '--spec-version',
    VERSION,
    '--mc-type',
    'application',
    '--output-file',
    file,
  ];
  try {
    await run(node, [TOOL, ...options], { cwd: projectRoot, env: withoutNpm(process.env), log });
    return JSON.parse(readFileSync(file, 'utf8'));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The two files that are built here, and the libraries in them, by the manifest that the build left. */
function nativeParts() {
  const platform = `${process.platform}-${process.arch}`;
  const dir = join(projectRoot, 'prebuilds', platform);
  const manifest = readJson(join(dir, 'manifest.json'));
  if (manifest === undefined)
    throw new StepFailure(
      `prebuilds/${platform} is not there`,
      'Build the native core first: npm run setup',
    );
  const openssl = library('openssl', manifest.openssl, 'Apache-2.0', 'https://www.openssl.org/');
  const nghttp2 = library('nghttp2', manifest.nghttp2, 'MIT', 'https://nghttp2.org/');
  const addon = file(
    dir,
    platform,
    'cryptobroker.node',
    'The native core, with OpenSSL and nghttp2 inside.',
  );
  const fips = file(
    dir,
    platform,
    'fips.so',
    'The FIPS provider of OpenSSL, built here. No CMVP certificate is claimed.',
  );
  return {
    components: [openssl, nghttp2],
    files: [addon, fips],
    dependencies: [
      { ref: refOf(addon), dependsOn: [refOf(openssl), refOf(nghttp2)] },
      { ref: refOf(fips), dependsOn: [refOf(openssl)] },
      { ref: refOf(openssl) },
      { ref: refOf(nghttp2) },
    ],
  };
}

function library(name, built, license, website) {
  const { version, upstreamVersion, source, sourceSha256, flags, compiler } = built;
  const debian = source === 'debian';
  return {
    type: 'library',
    name,
    version: upstreamVersion,
    'bom-ref': `native|${name}@${version}`,
    cpe: `cpe:2.3:a:${name}:${name}:${upstreamVersion}:*:*:*:*:*:*:*`,
    purl: debian
      ? `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=source`
      : `pkg:generic/${name}@${version}`,
    licenses: [{ license: { id: license, acknowledgement: 'declared' } }],
    externalReferences: [
      { type: 'website', url: website },
      {
        type: 'source-distribution',
        url: website,
        hashes: [{ alg: 'SHA-256', content: sourceSha256 }],
      },
    ],
    properties: [
      { name: 'cryptobroker:build:flags', value: flags.join(' ') },
      { name: 'cryptobroker:build:compiler', value: compiler },
      ...(debian ? [{ name: 'cryptobroker:build:patches', value: `of Debian ${version}` }] : []),
    ],
  };
}

function file(dir, platform, name, description) {
  return {
    type: 'file',
    name: `prebuilds/${platform}/${name}`,
    'bom-ref': `file|prebuilds/${platform}/${name}`,
    description,
    hashes: [{ alg: 'SHA-256', content: sha256File(join(dir, name)) }],
  };
}

function refOf(component) {
  return component['bom-ref'];
}
