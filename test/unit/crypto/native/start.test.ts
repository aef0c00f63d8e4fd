import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { NativeReport } from '../../../../src/addon/addon.ts';
import { loadAddon, PREBUILD_DIRECTORY } from '../../../../src/addon/load-addon.ts';
import { runInChild } from './child-process.ts';

/** What the child prints after trying to start with these changes to the usual settings. */
async function outcomeOf(changes: string): Promise<string> {
  const child = await runInChild(
    `console.log(outcome(() => addon.initialize(options(${changes}))));`,
  );
  expect(child).toMatchObject({ code: 0, signal: null });
  return child.stdout;
}

describe('starting the core', () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'native-start-'));
  });
  afterAll(() => {
    rmSync(scratch, { recursive: true, force: true });
  });

  /** A directory with a copy of fips.so, as an operator would give it. */
  function moduleCopy(name: string): { directory: string; module: string } {
    const directory = join(scratch, name);
    mkdirSync(directory);
    const module = join(directory, 'fips.so');
    copyFileSync(join(PREBUILD_DIRECTORY, 'fips.so'), module);
    return { directory, module };
  }
  /** Settings for an operator's module: no pinned hash. */
  const operators = (directory: string): string =>
    JSON.stringify({ moduleDirectory: directory, moduleSha256: '' });
  /** What `openssl fipsinstall` would have written beside the module before anything happened to it. */
  function vouchFor(directory: string): void {
    const mac = loadAddon().module.mac.match(/../g)?.join(':') ?? '';
    writeFileSync(join(directory, 'fipsmodule.cnf'), `[fips_sect]\nmodule-mac = ${mac}\n`);
  }

  it('in FIPS mode leaves a report of who answers', async () => {
    const child = await runInChild(
      `addon.initialize(options()); console.log(JSON.stringify(addon.report()));`,
    );
    const report = JSON.parse(child.stdout) as NativeReport;
    expect(report).toMatchObject({
      fips: 'required',
      providerName: 'OpenSSL FIPS Provider',
      modulePath: join(PREBUILD_DIRECTORY, 'fips.so'),
      secureHeap: true,
    });
    expect(report.libraryVersion).toMatch(/^OpenSSL 3\.5\./);
    expect(report.providerVersion).toMatch(/^3\.5\./);
    expect(report.moduleSha256).toMatch(/^[0-9a-f]{64}$/);
    const { selfTests } = report;
    expect(selfTests.length).toBeGreaterThanOrEqual(30);
    expect(selfTests.every((test) => test.passed)).toBe(true);
    expect(selfTests).toContainEqual({ type: 'Module_Integrity', name: 'HMAC', passed: true });
    expect(selfTests).toContainEqual({ type: 'KAT_Digest', name: 'SHA3', passed: true });
  });

  it('with FIPS off uses the built-in provider and says so', async () => {
    const child = await runInChild(`
      addon.initialize(options({ fips: 'off', moduleDirectory: '' }));
      console.log(JSON.stringify(addon.report()));`);
    expect(JSON.parse(child.stdout)).toMatchObject({
      fips: 'off',
      providerName: 'OpenSSL Default Provider',
      modulePath: '',
      moduleSha256: '',
      selfTests: [],
    });
  });

  it('fails when fips.so is missing', async () => {
    expect(await outcomeOf(operators(scratch))).toBe(
      'FIPS_MODULE_MISSING fips.so is not in the module directory',
    );
    expect(await outcomeOf(operators(join(scratch, 'nowhere')))).toMatch(/^FIPS_MODULE_MISSING /);
  });

  it('fails when fips.so is not a file, or empty', async () => {
    const directory = join(scratch, 'odd');
    mkdirSync(join(directory, 'fips.so'), { recursive: true });
    expect(await outcomeOf(operators(directory))).toMatch(/^FIPS_MODULE_REFUSED fips\.so is not a/);
    rmSync(join(directory, 'fips.so'), { recursive: true });
    writeFileSync(join(directory, 'fips.so'), '');
    expect(await outcomeOf(operators(directory))).toMatch(/^FIPS_MODULE_REFUSED fips\.so is not a/);
  });

  it('fails when fips.so is no library', async () => {
    const directory = join(scratch, 'text');
    mkdirSync(directory);
    writeFileSync(join(directory, 'fips.so'), 'not a library');
    vouchFor(directory);
    expect(await outcomeOf(operators(directory))).toBe(
      'FIPS_MODULE_REFUSED fips.so cannot be loaded',
    );
  });

  it('fails when the packaged fips.so is not the one that was built', async () => {
    const { directory, module } = moduleCopy('exchanged');
    appendFileSync(module, 'x');
    expect(await outcomeOf(JSON.stringify({ moduleDirectory: directory }))).toBe(
      'FIPS_MODULE_REFUSED fips.so is not the file that was built: its SHA-256 differs',
    );
  });

  it('fails when the module finds itself damaged', async () => {
    const { directory, module } = moduleCopy('damaged');
    appendFileSync(module, 'x');
    vouchFor(directory);
    expect(await outcomeOf(operators(directory))).toBe(
      'FIPS_MODULE_REFUSED fips.so failed its self test Module_Integrity HMAC',
    );
  });

  it('fails when nothing vouches for a module that is not ours', async () => {
    const { directory, module } = moduleCopy('stranger');
    appendFileSync(module, 'x');
    expect(await outcomeOf(operators(directory))).toMatch(
      /^FIPS_MODULE_REFUSED fips\.so is not the module of this package, and no fipsmodule\.cnf/,
    );
  });

  it("takes an operator's module, with the MAC in its fipsmodule.cnf", async () => {
    const { directory } = moduleCopy('operator');
    expect(await outcomeOf(operators(directory))).toBe('ok');

    const zeros = Array.from({ length: 32 }, () => '00').join(':');
    writeFileSync(join(directory, 'fipsmodule.cnf'), `[fips_sect]\nmodule-mac = ${zeros}\n`);
    expect(await outcomeOf(operators(directory))).toMatch(/Module_Integrity HMAC$/);

    writeFileSync(join(directory, 'fipsmodule.cnf'), '[fips_sect]\nactivate = 1\n');
    expect(await outcomeOf(operators(directory))).toBe(
      'FIPS_MODULE_REFUSED fipsmodule.cnf beside fips.so has no usable module-mac',
    );
  });

  it('reads module-mac as fipsinstall writes it, and never skips the self tests', async () => {
    const { directory } = moduleCopy('installed');
    const child = await runInChild(`
      import { writeFileSync } from 'node:fs';
      const mac = module.mac.toUpperCase().match(/../g).join(':');
      writeFileSync(${JSON.stringify(join(directory, 'fipsmodule.cnf'))},
        '[fips_sect]\\nactivate = 1\\ninstall-status = INSTALL_SELF_TEST_KATS_RUN\\nmodule-mac = ' + mac + '\\n');
      addon.initialize(options(${operators(directory)}));
      console.log(addon.report().selfTests.length);`);
    expect(Number(child.stdout)).toBeGreaterThanOrEqual(30);
  });

  it('refuses a relative module directory and hashes that are none', async () => {
    expect(await outcomeOf(`{ moduleDirectory: 'prebuilds' }`)).toBe(
      'INPUT_INVALID not an absolute path',
    );
    expect(await outcomeOf(`{ moduleSha256: 'abc' }`)).toMatch(/^INPUT_INVALID not 64 /);
    expect(await outcomeOf(`{ moduleMac: module.mac.toUpperCase() }`)).toMatch(
      /^INPUT_INVALID not 64 /,
    );
  });

  it('says it when Node itself has loaded the same file', async () => {
    const { directory } = moduleCopy('shared');
    const configuration = join(directory, 'openssl.cnf');
    const child = await runInChild(
      `
      import { writeFileSync } from 'node:fs';
      import { execFileSync } from 'node:child_process';
      const dir = ${JSON.stringify(directory)};
      writeFileSync(${JSON.stringify(configuration)}, [
        'nodejs_conf = conf', '[conf]', 'providers = provs', '[provs]', 'fips = fips_sect', 'base = base_sect',
        '[base_sect]', 'activate = 1', '[fips_sect]', 'activate = 1', 'module-mac = ' + module.mac, ''].join('\\n'));
      const script = ${JSON.stringify(`import { createRequire } from 'node:module';`)} + \`
        const addon = createRequire(import.meta.url)('\${module.directory}/cryptobroker.node');
        try { addon.initialize(\${JSON.stringify(options(${operators(directory)}))}); console.log('ok'); }
        catch (error) { console.log(error.code + ' ' + error.message); }\`;
      process.stdout.write(execFileSync(process.execPath, ['--force-fips', '--input-type=module', '--eval', script], {
        env: { ...process.env, OPENSSL_CONF: ${JSON.stringify(configuration)}, OPENSSL_MODULES: dir }, encoding: 'utf8' }));`,
    );
    expect(child.stdout, child.stderr).toBe(
      'FIPS_MODULE_REFUSED another library of this process has loaded the same fips.so: use a copy',
    );
  });

  it('never falls back: after a failed FIPS start, one without FIPS is refused', async () => {
    const child = await runInChild(`
      console.log(outcome(() => addon.initialize(options({ moduleDirectory: '/nonexistent' }))));
      console.log(outcome(() => addon.initialize(options({ fips: 'off' }))));
      console.log(outcome(() => addon.digestHex(0, new Uint8Array(1))));`);
    expect(child.stdout.split('\n')).toEqual([
      'FIPS_MODULE_MISSING fips.so is not in the module directory',
      'ALREADY_INITIALIZED the core was started with other settings',
      'INTERNAL the native core is not started',
    ]);
  });

  it('fails when key memory must be locked and cannot be', async () => {
    const body = `console.log(outcome(() => addon.initialize(options({ requireLockedMemory: true }))));`;
    // Root may lock what it likes, so also without that capability.
    const wrapper = [
      'prlimit',
      '--memlock=0:0',
      'setpriv',
      '--bounding-set=-ipc_lock',
      '--inh-caps=-all',
    ];
    const child = await runInChild(body, { wrapper });
    expect(child.stdout, child.stderr).toBe('MEMORY_NOT_LOCKED key memory cannot be locked');
  });

  it('reports memory that may be unlocked as such', async () => {
    const wrapper = [
      'prlimit',
      '--memlock=0:0',
      'setpriv',
      '--bounding-set=-ipc_lock',
      '--inh-caps=-all',
    ];
    const child = await runInChild(
      `addon.initialize(options());
       const { secureHeap, memoryLocked } = addon.report();
       console.log(secureHeap, memoryLocked, addon.digestHex(0, new Uint8Array(0)).length);`,
      { wrapper },
    );
    expect(child.stdout, child.stderr).toBe('true false 64');
  });

  it('hardens the process when asked', async () => {
    const child = await runInChild(`
      import { readFileSync } from 'node:fs';
      addon.initialize(options());
      const before = addon.report().dumpable;
      addon.hardenProcess();
      const limits = readFileSync('/proc/self/limits', 'utf8').match(/Max core file size +(\\S+) +(\\S+)/);
      console.log(before, addon.report().dumpable, limits[1], limits[2]);`);
    expect(child.stdout).toBe('true false 0 0');
  });

  it('ends a process that its own exit would hold up', async () => {
    const child = await runInChild(`
      import { execFileSync } from 'node:child_process';
      import { open } from 'node:fs';
      const pipe = '${join(scratch, 'pipe')}';
      execFileSync('mkfifo', [pipe]);
      // A thread of the pool that waits for a writer who never comes; exit waits for the thread.
      open(pipe, 'r', () => {});
      setTimeout(() => {
        addon.endProcessAfter(100, 7);
        process.exit(3);
      }, 100);`);
    expect(child).toMatchObject({ code: 7, signal: null });
  });

  it.each([
    [-1, 0],
    [60_001, 0],
    [0, 256],
    [0, -1],
    [0.5, 0],
  ])('ends nothing after %j ms with the code %j', async (milliseconds, code) => {
    const child = await runInChild(
      `console.log(outcome(() => addon.endProcessAfter(${milliseconds}, ${code})));`,
    );
    expect(child.stdout).toMatch(/^INPUT_INVALID /);
  });

  it('leaves every operation closed before it', async () => {
    const child = await runInChild(`
      const bytes = new Uint8Array(32);
      for (const action of [
        () => addon.report(), () => addon.poolStats(), () => addon.providerRunning(),
        () => addon.digestHex(0, bytes), () => addon.kekGenerate(256),
        () => addon.kekImport(bytes), () => addon.hmac(0, bytes, bytes), () => addon.randomFill(bytes),
        () => addon.aeadSeal(bytes, bytes.subarray(0, 12), bytes, bytes), () => addon.digestAsync(0, bytes),
      ]) console.log(outcome(action));`);
    const lines = child.stdout.split('\n');
    expect(lines).toHaveLength(10);
    expect(new Set(lines)).toEqual(new Set(['INTERNAL the native core is not started']));
  });
});
