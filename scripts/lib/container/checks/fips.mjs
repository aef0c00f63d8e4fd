// The image proves itself, and refuses to run on a module that is not the one it was built with.

import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../paths.mjs';
import { sha256File } from '../../stamp.mjs';
import { buildImage, imageName } from '../build.mjs';
import { expect, expectEqual, succeeded } from '../expect.mjs';
import { copyBuildContext } from '../site.mjs';
import { mount, unmount } from './image.mjs';

const PREBUILDS = `opt/crypto-broker/prebuilds/linux-${process.arch}`;
const EXIT_SELF_CHECK = 70;
const OWN_MODULE = 'localhost/crypto-broker:own-module';

/** @param {import('../site.mjs').Site} site @param {import('../../check-list.mjs').CheckList} list */
export async function checkFips(site, list) {
  const { engine, containers } = site;
  const image = imageName('gateway');
  const changed = changedModule(site, image);

  await list.check(
    '`cryptobroker fips` proves library, module and TLS in the container',
    async () => {
      const report = reportOf(containers, image);
      expectEqual(report.fips, 'required', 'the mode');
      expectEqual(report.module.provider, 'fips', 'the provider');
      expectEqual(report.module.source, 'package', 'the source of the module');
      expect(report.selfTests.length > 30, `${report.selfTests.length} self tests ran`);
      expect(
        report.selfTests.every(({ passed }) => passed),
        'a self test failed',
      );
      expectEqual(
        report.nodeTls.sha256,
        report.module.sha256,
        "the SHA-256 of the copy for Node's TLS",
      );
      expect(
        report.nodeTls.modulePath.startsWith('/var/cache/crypto-broker/'),
        report.nodeTls.modulePath,
      );
      return `${report.libraryVersion}, ${report.selfTests.length} self tests`;
    },
  );

  await list.check('the Broker says at its start what answered the self-check', async () => {
    const broker = containers.start('self-check', { image: imageName('broker') });
    await broker.answers('cryptobroker', 'health', '--deadline-ms', '1500');
    const text = JSON.stringify(broker.logLines().slice(0, 4));
    for (const fact of ['OpenSSL FIPS Provider', 'selfTests', sha256File(changed.original)])
      expect(text.includes(fact), `the first lines do not have ${fact}: ${text}`);
    broker.kill('TERM');
    expectEqual(await broker.ended(), 0, 'the exit code');
  });

  const refuses = (sentence, { target, path, args }) =>
    list.check(sentence, async () => {
      const options = ['--volume', `${changed.file}:/${path}:ro`];
      const { status, stdout, stderr } = containers.run({
        image: imageName(target),
        args,
        options,
      });
      expectEqual(status, EXIT_SELF_CHECK, `the exit code, after ${stdout}${stderr}`);
      expect(/FIPS_MODULE_REFUSED/.test(stdout + stderr), `another reason: ${stdout}${stderr}`);
    });
  const module = `${PREBUILDS}/fips.so`;
  await refuses('the Broker does not start on a fips.so that is changed by one byte', {
    target: 'broker',
    path: module,
  });
  await refuses('nor does the Gateway', { target: 'gateway', path: module });
  await refuses('nor does the Core', { target: 'core', path: module });

  await list.check("a changed copy of Node's module does not get a Gateway started", async () => {
    const options = ['--volume', `${changed.file}:/${changed.copy}:ro`];
    const { status, stdout, stderr } = containers.run({ image, args: ['fips'], options });
    expectEqual(status, EXIT_SELF_CHECK, `the exit code, after ${stdout}${stderr}`);
    expect(/FIPS_COPY_FAILED/.test(stdout + stderr), `another reason: ${stdout}${stderr}`);
  });

  await checkOwnModule(site, list);
  engine.ask('podman', ['image', 'rm', '--force', OWN_MODULE]);
}

/** @returns {any} */
function reportOf(containers, image) {
  return JSON.parse(
    succeeded(containers.run({ image, args: ['fips', '--json'] }), 'cryptobroker fips'),
  );
}

/** The image's module with one bit of its code turned over. */
function changedModule({ engine, scratch }, image) {
  const root = mount(engine, image);
  try {
    const original = join(scratch, 'fips.so');
    copyFileSync(join(root, PREBUILDS, 'fips.so'), original);
    copyFileSync(join(root, PREBUILDS, 'manifest.json'), join(scratch, 'manifest.json'));
    const sha256 = sha256File(original);
    const bytes = readFileSync(original);
    const at = bytes.length >> 1;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const file = join(scratch, 'changed-fips.so');
    writeFileSync(file, bytes);
    chmodSync(file, 0o755);
    return {
      file,
      original,
      copy: `var/cache/crypto-broker/node-fips-${sha256.slice(0, 16)}/fips.so`,
    };
  } finally {
    unmount(engine, image);
  }
}

/**
 * With FIPS_MODULE=path. The module that this checkout was built with has the same source as the image's and is another file:
 * another compiler made it.
 */
async function checkOwnModule({ engine, containers, steps, scratch, context }, list) {
  const prebuilds = join(projectRoot, 'prebuilds', `linux-${process.arch}`);
  // In a checkout that was never built, a second file of the image's own bytes: an operator's all the same.
  const from = existsSync(join(prebuilds, 'manifest.json')) ? prebuilds : scratch;
  const { moduleMac, openssl } = JSON.parse(readFileSync(join(from, 'manifest.json'), 'utf8'));
  const copy = join(scratch, 'own-module');
  copyBuildContext(context, copy);
  const given = join(copy, 'deploy', 'docker', 'fips-module');
  mkdirSync(given, { recursive: true });
  copyFileSync(join(from, 'fips.so'), join(given, 'fips.so'));
  const mac = moduleMac.toUpperCase().match(/../g).join(':');
  const status = 'install-version = 1\ninstall-status = INSTALL_SELF_TEST_KATS_RUN\n';
  writeFileSync(
    join(given, 'fipsmodule.cnf'),
    `[fips_sect]\nactivate = 1\n${status}conditional-errors = 1\nmodule-mac = ${mac}\n`,
  );
  const sha256 = sha256File(join(given, 'fips.so'));
  const build = (args) =>
    steps.step('container-own-module', 'image with a module of its own', (step) =>
      buildImage(engine, step, {
        target: 'gateway',
        name: OWN_MODULE,
        context: copy,
        args: { FIPS_MODULE: 'path', FIPS_MODULE_VERSION: openssl.upstreamVersion, ...args },
      }),
    );

  await list.check('a module with another SHA-256 than the one given ends the build', async () => {
    const failure = await build({ FIPS_MODULE_SHA256: '0'.repeat(64) }).catch((error) => error);
    expect(failure instanceof Error, 'it was built');
    expect(
      /FIPS_MODULE_SHA256 says 0000/.test(failure.tail?.join('\n')),
      `another reason: ${failure.tail?.join('\n')}`,
    );
  });
  await list.check("an image with an operator's module runs on it, and says so", async () => {
    await build({ FIPS_MODULE_SHA256: sha256 });
    const report = reportOf(containers, OWN_MODULE);
    expectEqual(report.module.source, 'operator', 'the source of the module');
    expectEqual(report.module.sha256, sha256, 'the SHA-256 of the module');
    expectEqual(report.nodeTls.sha256, sha256, "the SHA-256 of the copy for Node's TLS");
    const root = mount(engine, OWN_MODULE);
    const text = readFileSync(join(root, 'opt/fips-module/fipsmodule.cnf'), 'utf8');
    unmount(engine, OWN_MODULE);
    expect(!text.includes('install-'), 'its fipsmodule.cnf would have self tests skipped');
  });
}
