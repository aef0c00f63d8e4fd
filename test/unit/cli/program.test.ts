import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands/index.ts';
import { run } from './fake-context.ts';

describe('the command line', () => {
  it('prints help with examples and exit codes to standard output', async () => {
    const { exit, out, error } = await run(['--help']);
    expect({ exit, error }).toEqual({ exit: 0, error: '' });
    for (const { name } of COMMANDS) expect(out).toContain(`\n  ${name} `);
    expect(out).toContain('Examples:');
    expect(out).toMatch(/Exit codes:\n {2}0 {3}ok\n(.*\n){4} {2}70 /);
  });

  it.each(COMMANDS.map(({ name }) => name))(
    'explains %s with an example, by --help and by help',
    async (name) => {
      const { exit, out } = await run([name, '--help']);
      expect(exit).toBe(0);
      expect(out).toContain(`Usage: cryptobroker ${name}`);
      expect(out).toMatch(new RegExp(`Examples:\\n(.*\\n)* {2}\\$ .*cryptobroker ${name}`));
      expect((await run(['help', name])).out).toBe(out);
    },
  );

  it('shows help and exits with 2 when no command is given', async () => {
    const { exit, out, error } = await run([]);
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(error).toContain('Usage: cryptobroker');
  });

  it.each([
    [['helth'], 'Did you mean health?'],
    [['health', '--sokcet', 'x'], 'Did you mean --socket?'],
    [['version', '--bogus'], "unknown option '--bogus'"],
    [['version', 'surplus'], 'too many arguments'],
    [['gateway', 'statsu'], 'gateway has no subcommand "statsu"; did you mean "status"?'],
    [['core', 'nonsense'], 'core has no subcommand "nonsense"'],
    [['profiles', 'chekc'], 'Did you mean check?'],
    [['health', '--socket'], "option '--socket <path>' argument missing"],
    [['server', '--fips', 'maybe'], 'Allowed choices are required, off'],
  ])('refuses %j with exit code 2 and a hint', async (args, hint) => {
    const { exit, out, error } = await run(args);
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(error).toContain(hint);
    expect(error).toContain('--help');
  });

  it('prints versions, as text and as JSON', async () => {
    expect((await run(['--version'])).out).toBe('1.2.3\n');
    expect((await run(['version'])).out).toBe(
      'crypto-broker  1.2.3\nnode           24.0.0\nopenssl        3.5.0\n',
    );
    expect(JSON.parse((await run(['version', '--json'])).out)).toEqual({
      version: '1.2.3',
      node: '24.0.0',
      openssl: '3.5.0',
    });
    const unbuilt = { version: '1.2.3', node: '24.0.0', openssl: () => Promise.resolve(undefined) };
    expect((await run(['version'], { facts: unbuilt })).out).toContain(
      'openssl        the native core is not built\n',
    );
    expect(JSON.parse((await run(['version', '--json'], { facts: unbuilt })).out)).toMatchObject({
      openssl: null,
    });
  });

  it('reports a fault of its own as such', async () => {
    const { exit, error } = await run(['health'], {
      connect: () => {
        throw new TypeError('a fault');
      },
    });
    expect(exit).toBe(1);
    expect(error).toBe('error: unexpected failure: a fault\n');
  });
});

describe('server', () => {
  it('runs with the settings of its flags and exits as the server does', async () => {
    let level: string | undefined;
    let sockets: readonly string[] | undefined;
    const { exit } = await run(
      ['server', '--socket', '/a.sock', '--socket', '/b.sock', '--log-level', 'warn'],
      {
        runServer: ({ settings }) => {
          ({ sockets } = settings);
          ({ level } = settings.log);
          return Promise.resolve(4);
        },
      },
    );
    expect({ exit, level, sockets }).toEqual({
      exit: 4,
      level: 'warn',
      sockets: ['/a.sock', '/b.sock'],
    });
  });

  it('does not start with a wrong setting', async () => {
    const { exit, error } = await run(['server', '--drain-seconds', '-1']);
    expect(exit).toBe(3);
    expect(error).toContain('code: CONFIG_INVALID');
  });
});

describe('config', () => {
  it('prints every setting, its value and its source', async () => {
    const { out, exit } = await run(['config', '--dev'], {
      env: { CRYPTO_BROKER_LOG_LEVEL: 'debug' },
    });
    expect(exit).toBe(0);
    expect(out).toMatch(/^SETTING +VALUE +SOURCE\n/);
    expect(out).toMatch(/^log\.level +debug +CRYPTO_BROKER_LOG_LEVEL$/m);
    expect(out).toMatch(/^dev +true +--dev$/m);
    expect(out).toMatch(/^fips +required +default$/m);
  });

  it('prints the same as JSON', async () => {
    const { out } = await run(['config', '--json'], { env: { CRYPTO_BROKER_KMS_DIR: '/kms' } });
    const { settings, unused, warnings } = JSON.parse(out) as Record<
      string,
      Record<string, string>[]
    >;
    expect(settings?.find(({ key }) => key === 'fips')).toMatchObject({
      value: 'required',
      source: 'default',
    });
    expect(unused).toMatchObject([{ name: 'CRYPTO_BROKER_KMS_DIR' }]);
    expect(warnings).toEqual([]);
  });

  it('tells about unknown and unused variables on standard error', async () => {
    const env = { CRYPTO_BROKER_LOG_LEVLE: 'debug', CRYPTO_BROKER_KMS_DIR: '/kms' };
    const { error } = await run(['config'], { env });
    expect(error).toMatch(/^note: CRYPTO_BROKER_KMS_DIR .* is not used by this version$/m);
    expect(error).toMatch(/^warning: CRYPTO_BROKER_LOG_LEVLE: .*CRYPTO_BROKER_LOG_LEVEL/m);
  });
});

describe('fips', () => {
  const report = {
    provider: 'native' as const,
    fips: 'required' as const,
    libraryVersion: 'OpenSSL 3.5.0',
    module: {
      name: 'OpenSSL FIPS Provider',
      version: '3.5.0',
      buildInfo: '3.5.0-build',
      path: '/p/fips.so',
      sha256: 'ab12',
      source: 'package' as const,
    },
    selfTests: [
      { type: 'KAT_Digest', name: 'SHA2', passed: true },
      { type: 'KAT_Digest', name: 'SHA3', passed: true },
      { type: 'KAT_Cipher', name: 'AES', passed: false },
    ],
    memory: { secureHeap: true, locked: true, dumpable: true },
  };

  it('prints what answers', async () => {
    const { out, exit } = await run(['fips'], { reportProvider: () => Promise.resolve(report) });
    expect(exit).toBe(0);
    expect(out).toBe(
      [
        'mode          FIPS provider required',
        'library       OpenSSL 3.5.0',
        'provider      fips (OpenSSL FIPS Provider 3.5.0)',
        'build         3.5.0-build',
        'module        /p/fips.so (package)',
        'SHA-256       ab12',
        'self tests    2 of 3 passed',
        '  KAT_Digest  SHA2, SHA3',
        '  KAT_Cipher  AES FAILED',
        'key memory    secure heap, locked',
        '',
      ].join('\n'),
    );
  });

  it("shows the second copy of the module, which Node's own TLS runs on", async () => {
    const nodeTls = { openssl: '3.5.8', modulePath: '/c/fips.so', sha256: 'ab'.repeat(32) };
    const { out } = await run(['fips'], {
      reportProvider: () => Promise.resolve(report),
      reportNodeTls: () => Promise.resolve(nodeTls),
    });
    expect(out).toMatch(
      /node TLS +OpenSSL 3\.5\.8 on a copy of the module\n +copy +\/c\/fips\.so\n/,
    );
  });

  it('prints the report as JSON', async () => {
    const { out } = await run(['fips', '--json'], {
      reportProvider: () => Promise.resolve(report),
    });
    expect(JSON.parse(out)).toEqual({ ...report, module: { ...report.module, provider: 'fips' } });
  });

  it('says so when FIPS is off and when memory is not locked', async () => {
    const off = {
      ...report,
      fips: 'off' as const,
      module: { ...report.module, path: undefined, sha256: undefined, source: 'builtin' as const },
      selfTests: [],
      memory: { secureHeap: true, locked: false, dumpable: true },
    };
    const { out } = await run(['fips', '--fips', 'off'], {
      reportProvider: (settings) => {
        expect(settings.fips).toBe('off');
        return Promise.resolve(off);
      },
    });
    expect(out).toContain('mode        off: this is not the FIPS provider\n');
    expect(out).toContain('NOT locked');
    expect(out).toContain('provider    default (');
    expect(out).not.toContain('SHA-256');
  });
});
