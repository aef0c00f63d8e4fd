import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSettings, type SettingScope } from '../../src/config/index.ts';
import { announceSkip } from '../support/environment.ts';
import { cryptobroker, PROGRAM, ROOT, runProgram } from '../support/programs.ts';
import { scratchDirectory } from '../support/scratch.ts';

// The units of deploy/systemd, by systemd's own tools where they are.

const UNITS = join(ROOT, 'deploy', 'systemd');
const SERVICES = ['crypto-broker', 'krypton-gateway', 'krypton-core'] as const;
const SCOPES: Readonly<Record<(typeof SERVICES)[number], SettingScope>> = {
  'crypto-broker': 'server',
  'krypton-gateway': 'gateway',
  'krypton-core': 'core',
};

const analyze = await version('systemd-analyze');
const activate = await version('systemd-socket-activate');
if (analyze === undefined || activate === undefined) {
  announceSkip('the systemd units', 'on Debian: apt-get install systemd');
}

describe.skipIf(analyze === undefined)('the units', () => {
  it('are what systemd takes, without a remark', async () => {
    const directory = copyUnits();
    const files = readdirSync(directory).map((name) => join(directory, name));
    const { exit, out, error } = await runProgram([
      'systemd-analyze',
      'verify',
      '--man=no',
      ...files,
    ]);
    expect(`${out.toString()}${error}`).toBe('');
    expect(exit).toBe(0);
  });

  it.each(SERVICES)('%s has the score that the README says', async (name) => {
    const { out } = await runProgram([
      'systemd-analyze',
      ...['security', '--offline=true', '--no-pager', join(UNITS, `${name}.service`)],
    ]);
    const [, score] = /Overall exposure level for \S+: ([\d.]+)/u.exec(out.toString()) ?? [];
    const readme = readFileSync(join(UNITS, 'README.md'), 'utf8');
    const [, said] =
      new RegExp(`^\\| \`${name}\\.service\` .* ([\\d.]+) \\|$`, 'mu').exec(readme) ?? [];
    expect(Number(score)).toBeLessThanOrEqual(Number(said));
  });

  it('would make the users and directories that the services name', async () => {
    const root = scratchDirectory();
    for (const [kind, suffix] of [
      ['sysusers', 'sysusers.d'],
      ['tmpfiles', 'tmpfiles.d'],
    ] as const) {
      const place = join(root, 'etc', suffix);
      mkdirSync(place, { recursive: true });
      copyFileSync(join(UNITS, `crypto-broker.${kind}.conf`), join(place, 'crypto-broker.conf'));
    }
    expect(await runProgram(['systemd-sysusers', `--root=${root}`])).toMatchObject({ exit: 0 });
    const users = readFileSync(join(root, 'etc', 'passwd'), 'utf8');
    const groups = readFileSync(join(root, 'etc', 'group'), 'utf8');
    for (const name of ['krypton-gateway', 'krypton-core']) {
      expect(users).toMatch(
        new RegExp(`^${name}:x:\\d+:\\d+:.*:/nonexistent:/usr/sbin/nologin$`, 'mu'),
      );
      expect(unit(`${name}.service`)).toContain(`\nUser=${name}\nGroup=${name}\n`);
    }
    expect(groups).toMatch(/^crypto-broker-clients:/mu);
    expect(unit('crypto-broker.socket')).toContain('\nSocketGroup=crypto-broker-clients\n');
  });
});

describe('a unit', () => {
  it.each(SERVICES)('%s gives its program settings that it knows and takes', (name) => {
    const env = Object.fromEntries(
      lines(unit(`${name}.service`), 'Environment')
        .flatMap((line) => line.split(' '))
        // What systemd puts in for its specifiers: directories.
        .map(
          (pair) => pair.replaceAll(/%[a-zA-Z]/gu, '/directory').split('=', 2) as [string, string],
        ),
    );
    const { NODE_ENV, NODE_OPTIONS, XDG_CACHE_HOME = '/none', ...settings } = env;
    expect({ NODE_ENV, NODE_OPTIONS }).toEqual({
      NODE_ENV: 'production',
      NODE_OPTIONS: '--disable-sigusr1',
    });
    expect(XDG_CACHE_HOME).toMatch(/^\//u);
    expect(loadSettings({ scope: SCOPES[name], env: settings }).warnings).toEqual([]);
  });

  it.each(SERVICES)(
    '%s names each credential that it reads, and reads each that it names',
    (name) => {
      const text = unit(`${name}.service`);
      const loaded = lines(text, 'LoadCredential').map((line) => line.split(':')[0]);
      const read = [...text.matchAll(/=%d\/([\w.-]+)/gu)].map(([, credential]) => credential);
      expect(read.toSorted()).toEqual(loaded.toSorted());
    },
  );

  it('has the same sandbox as the others', () => {
    const sandbox = (name: string) => {
      const text = unit(`${name}.service`);
      return text.slice(text.indexOf('# ---- Sandbox'), text.indexOf('# V8 makes'));
    };
    expect(sandbox('crypto-broker').length).toBeGreaterThan(500);
    expect(sandbox('krypton-gateway')).toBe(sandbox('crypto-broker'));
    expect(sandbox('krypton-core')).toBe(sandbox('crypto-broker'));
  });

  it('keeps secrets out of its own text', () => {
    const all = SERVICES.map((name) => unit(`${name}.service`)).join('');
    expect(all).not.toMatch(/CORE_ROOT_SECRET=|PRIVATE KEY/u);
  });
});

describe.skipIf(activate === undefined)('a Broker behind a socket of systemd', () => {
  it('is started by the first call, and answers it', async () => {
    const directory = scratchDirectory();
    const socket = join(directory, 'broker.sock');
    const log: Buffer[] = [];
    const holder = spawn(
      'systemd-socket-activate',
      [`--listen=${socket}`, ...PROGRAM, 'server', '--fips', 'required'],
      { env: { PATH: '/usr/bin:/bin', HOME: directory }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const ended = new Promise<number | null>((resolve) => holder.once('close', resolve));
    holder.stdout.on('data', (chunk: Buffer) => log.push(chunk));
    const listening = new Promise<void>((resolve) => {
      holder.stderr.on('data', (chunk: Buffer) => {
        if (chunk.includes('Listening on')) resolve();
      });
    });
    try {
      await listening;
      expect(log.join('')).toBe('');
      const call = await cryptobroker(['hash-data', 'Welcome CryptoBroker', '--socket', socket]);
      expect(call.error).toBe('');
      const hash = createHash('sha3-512').update('Welcome CryptoBroker').digest('hex');
      expect(call.out.toString()).toBe(`${hash}\n`);
      expect(log.join('')).toContain('"inheritedSockets":1');
    } finally {
      // The holder has become the Broker.
      holder.kill('SIGTERM');
    }
    expect(await ended).toBe(0);
    expect(log.join('')).toContain('"calls":1,"msg":"stopped"');
  });
});

function unit(name: string): string {
  return readFileSync(join(UNITS, name), 'utf8');
}

/** The values of a key, in the order of the unit. */
function lines(text: string, key: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gmu'))].map(([, value = '']) => value);
}

/** The units with a Node that is here: verify looks whether the program is. */
function copyUnits(): string {
  const directory = join(scratchDirectory(), 'units');
  mkdirSync(directory);
  for (const name of readdirSync(UNITS).filter((file) => /\.(service|socket)$/u.test(file))) {
    writeFileSync(join(directory, name), unit(name).replaceAll('/usr/bin/node', process.execPath));
  }
  return directory;
}

/** What a tool says of itself; undefined when it is not there. */
async function version(tool: string): Promise<string | undefined> {
  return await runProgram([tool, '--version']).then(
    ({ out }) => out.toString(),
    () => undefined,
  );
}
