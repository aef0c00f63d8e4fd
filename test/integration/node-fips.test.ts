import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PREBUILD_DIRECTORY, readPackagedModule } from '../../src/crypto/index.ts';
import { copyModule, sourceModule } from '../../src/node-fips/index.ts';
import { opensslConfiguration } from '../../src/node-fips/openssl-configuration.ts';
import { scratchDirectory } from '../support/scratch.ts';

// Whole processes: what Node's OpenSSL runs on is decided once, at its start.
const SOURCE = join(import.meta.dirname, '../../src');

const PROGRAM = `
import { createHash, getFips } from 'node:crypto';
import { createNativeProvider, readPackagedModule } from '${SOURCE}/crypto/index.ts';
import { copyModule, enterNodeFips, sourceModule } from '${SOURCE}/node-fips/index.ts';
const [place] = process.argv.slice(2);
const copy = copyModule(sourceModule(readPackagedModule(), undefined), [place]);
const before = getFips();
try {
  const report = enterNodeFips(copy, {
    execPath: process.execPath,
    execArgv: process.execArgv,
    argv: process.argv,
    openssl: process.versions.openssl,
    replace: (file, args) => process.execve(file, args, process.env),
  });
  const provider = createNativeProvider({ fips: 'required', poolThreads: 1 });
  let md5 = 'answered';
  try { createHash('md5'); } catch { md5 = 'refused'; }
  console.log(JSON.stringify({ pid: process.pid, fips: getFips(), md5, report, core: provider.report().module }));
} catch (error) {
  console.log(JSON.stringify({ code: error.code, message: error.message, fips: getFips() }));
}
`;

function run(args: readonly string[], execArgv: readonly string[] = []) {
  const directory = scratchDirectory();
  const program = join(directory, 'program.ts');
  writeFileSync(program, PROGRAM);
  const { stdout, stderr, status, pid } = spawnSync(
    process.execPath,
    [...execArgv, program, ...args],
    { encoding: 'utf8', timeout: 30_000 },
  );
  return { stdout, stderr, status, pid };
}

const place = () => scratchDirectory();

describe("Node's own OpenSSL", () => {
  it('runs on a second copy of the module beside the core, in the same process', () => {
    const { stdout, pid } = run([place()]);
    const said = JSON.parse(stdout) as {
      pid: number;
      fips: number;
      md5: string;
      report: { modulePath: string; sha256: string };
      core: { path: string; sha256: string };
    };
    expect(said).toMatchObject({ pid, fips: 1, md5: 'refused' });
    expect(said.report.sha256).toBe(said.core.sha256);
    expect(said.report.modulePath).not.toBe(said.core.path);
    expect(said.core.path).toBe(join(PREBUILD_DIRECTORY, 'fips.so'));
  });

  it('cannot share one file with the core: the core says so and does not start', () => {
    const directory = scratchDirectory();
    const configuration = join(directory, 'openssl.cnf');
    const { mac } = readPackagedModule();
    writeFileSync(configuration, opensslConfiguration(join(PREBUILD_DIRECTORY, 'fips.so'), mac));
    const program = join(directory, 'shared.ts');
    writeFileSync(
      program,
      `import { createNativeProvider } from '${SOURCE}/crypto/index.ts';
       try { createNativeProvider({ fips: 'required', poolThreads: 1 }); console.log('started'); }
       catch (error) { console.log(error.code, error.message); }`,
    );
    const { stdout } = spawnSync(
      process.execPath,
      [`--openssl-config=${configuration}`, '--force-fips', program],
      { encoding: 'utf8', timeout: 30_000 },
    );
    expect(stdout.trim()).toBe(
      'FIPS_MODULE_REFUSED another library of this process has loaded the same fips.so: use a copy',
    );
  });

  it('does not start at all on a copy that was changed by one byte', () => {
    const at = place();
    const copy = copyModule(sourceModule(readPackagedModule(), undefined), [at]);
    const module = readFileSync(copy.modulePath);
    module[module.length >> 1] = (module[module.length >> 1] ?? 0) ^ 1;
    chmodSync(copy.modulePath, 0o600);
    writeFileSync(copy.modulePath, module);
    const { status, stdout } = run(
      [at],
      [`--openssl-config=${copy.configurationPath}`, '--force-fips'],
    );
    expect(status).not.toBe(0);
    expect(stdout).toBe('');
  });

  it('is refused when it runs without FIPS although it was told to', () => {
    const at = place();
    const copy = copyModule(sourceModule(readPackagedModule(), undefined), [at]);
    // The layout that every manual shows: Node reads another section and starts without FIPS.
    const text = readFileSync(copy.configurationPath, 'utf8');
    chmodSync(copy.configurationPath, 0o600);
    writeFileSync(copy.configurationPath, text.replace('nodejs_conf', 'openssl_conf'));
    const { status, stderr } = run(
      [at],
      [`--openssl-config=${copy.configurationPath}`, '--force-fips'],
    );
    expect(status).not.toBe(0);
    expect(stderr).toContain('--force-fips');
  });
});
