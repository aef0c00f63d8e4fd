import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadProfiles } from '../../../src/profile/index.ts';

const VALID =
  '- {Name: P, Settings: {CryptoLibrary: native}, API: {HashData: {HashAlg: sha-256}}}\n';

let scratch: string;
let directory: string;
let file: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'crypto-broker-profiles-'));
  directory = join(scratch, 'profiles');
  file = join(directory, 'Profiles.yaml');
  mkdirSync(directory);
  write(file, VALID);
  chmodSync(directory, 0o755);
});

afterEach(() => {
  rmSync(scratch, { recursive: true });
});

function write(path: string, content: string, mode = 0o644): void {
  writeFileSync(path, content);
  // Not by writeFile's own mode, which the umask of the machine would change.
  chmodSync(path, mode);
}

function failure(code: string, message: RegExp): unknown {
  return expect.objectContaining({ code, message: expect.stringMatching(message) as unknown });
}

describe('the profiles of a directory', () => {
  it('are loaded, with where they came from and which file it was', () => {
    const snapshot = loadProfiles({ directory });
    expect(snapshot.policies.map(({ name }) => name)).toEqual(['P']);
    expect(snapshot.source).toEqual({ directory, fileName: 'Profiles.yaml', shipped: false });
    expect(snapshot.sha256).toBe(
      execFileSync('sha256sum', [file], { encoding: 'utf8' }).slice(0, 64),
    );
    expect(snapshot.warnings).toEqual([]);
  });

  it('say when they are the shipped ones', () => {
    expect(loadProfiles({ directory, shipped: true }).source.shipped).toBe(true);
  });

  it('are refused with all their problems', () => {
    write(file, `${VALID}${VALID}`);
    expect(() => loadProfiles({ directory })).toThrow(
      failure('PROFILES_INVALID', /Profiles\.yaml:2:10: \[1\]\.Name: duplicate profile name: P$/),
    );
  });

  it('are looked for at an absolute path alone', () => {
    expect(() => loadProfiles({ directory: 'profiles' })).toThrow(
      failure('PROFILES_UNREADABLE', /^the profiles directory must be given as an absolute path$/),
    );
  });

  it('are missing when the file or the directory is, and no message shows the path', () => {
    rmSync(file);
    const missing = failure('PROFILES_UNREADABLE', /^Profiles\.yaml cannot be found \(ENOENT\)$/);
    expect(() => loadProfiles({ directory })).toThrow(missing);
    expect(() => loadProfiles({ directory: join(scratch, 'nowhere') })).toThrow(missing);
  });

  it('have the file name of the original, letter case included', () => {
    rmSync(file);
    write(join(directory, 'profiles.yaml'), VALID);
    expect(() => loadProfiles({ directory })).toThrow(failure('PROFILES_UNREADABLE', /ENOENT/));
  });

  it('are refused when the file is a directory', () => {
    rmSync(file);
    mkdirSync(file);
    expect(() => loadProfiles({ directory })).toThrow(
      failure('PROFILES_UNREADABLE', /^Profiles\.yaml is not a regular file$/),
    );
  });

  it('are refused when the file is a pipe, and nobody waits for its other end', () => {
    rmSync(file);
    execFileSync('mkfifo', [file]);
    expect(() => loadProfiles({ directory })).toThrow(
      failure('PROFILES_UNREADABLE', /^Profiles\.yaml is not a regular file$/),
    );
  });

  it('are refused when the file is larger than 1 MiB, before it is parsed', () => {
    write(file, `# ${'x'.repeat(1024 * 1024)}\n${VALID}`);
    expect(() => loadProfiles({ directory })).toThrow(
      failure('PROFILES_UNREADABLE', /^Profiles\.yaml is larger than 1048576 bytes$/),
    );
  });
});

describe('profiles that somebody else could change', () => {
  it('are refused when others may write the file', () => {
    chmodSync(file, 0o646);
    expect(() => loadProfiles({ directory })).toThrow(
      failure('PROFILES_INSECURE', /^others may write Profiles\.yaml \(mode 0646\)$/),
    );
  });

  it('are refused when others may write the directory', () => {
    chmodSync(directory, 0o757);
    expect(() => loadProfiles({ directory })).toThrow(
      failure('PROFILES_INSECURE', /^others may write the profiles directory \(mode 0757\)$/),
    );
  });

  it('are refused in a sticky directory too: others could have put the file there first', () => {
    chmodSync(directory, 0o1777);
    expect(() => loadProfiles({ directory })).toThrow(
      failure('PROFILES_INSECURE', /\(mode 1777\)$/),
    );
  });

  it('are loaded with a warning when the group may write', () => {
    chmodSync(file, 0o664);
    chmodSync(directory, 0o775);
    expect(loadProfiles({ directory }).warnings.map(({ message }) => message)).toEqual([
      'its group may write the profiles directory (mode 0775)',
      'its group may write Profiles.yaml (mode 0664)',
    ]);
  });

  it('are refused by the mode of the file at the end of the link, not of the link', () => {
    write(join(directory, 'real.yaml'), VALID, 0o666);
    rmSync(file);
    symlinkSync('real.yaml', file);
    expect(() => loadProfiles({ directory })).toThrow(failure('PROFILES_INSECURE', /mode 0666/));
  });
});

describe('profiles behind links', () => {
  beforeEach(() => {
    rmSync(file);
  });

  /** The way Kubernetes mounts a ConfigMap, so that a change of it appears as a whole. */
  function mountConfigMap(mode: number): void {
    const version = join(directory, '..2026_10_01_12_00_00.123456789');
    mkdirSync(version);
    chmodSync(version, mode);
    write(join(version, 'Profiles.yaml'), VALID);
    symlinkSync('..2026_10_01_12_00_00.123456789', join(directory, '..data'));
    symlinkSync(join('..data', 'Profiles.yaml'), file);
  }

  it('are loaded from a ConfigMap', () => {
    mountConfigMap(0o755);
    expect(loadProfiles({ directory }).policies).toHaveLength(1);
  });

  // Kubernetes makes the directory of every ConfigMap with mode 0777 and mounts it read-only. Such a mount needs a mount
  // namespace of its own, which not every sandbox grants.
  const canMount = spawnSync('unshare', ['--mount', 'true']).status === 0;
  if (!canMount)
    console.warn('SKIPPED: read-only mounts are not tested, unshare --mount is refused');

  it.runIf(canMount)('are loaded from a read-only mount whatever the mode of its directory', () => {
    const mount = join(scratch, 'mount');
    mkdirSync(mount);
    const load = join(import.meta.dirname, '../../../src/profile/load.ts');
    const program = `
      import { loadProfiles } from ${JSON.stringify(load)};
      try { console.log(loadProfiles({ directory: ${JSON.stringify(mount)} }).policies.length); }
      catch (error) { console.log(error.code); }`;
    const script = `
      mount -t tmpfs -o mode=1777 none "$1" && mkdir "$1/..1" && ln -s ..1 "$1/..data" &&
      ln -s ..data/Profiles.yaml "$1/Profiles.yaml" && printf '%s' "$2" > "$1/..1/Profiles.yaml" &&
      chmod 755 "$1/..1" && chmod 644 "$1/..1/Profiles.yaml" &&
      "$3" --input-type=module --eval "$4" && mount -o remount,ro "$1" &&
      "$3" --input-type=module --eval "$4"`;
    const output = execFileSync(
      'unshare',
      ['--mount', 'sh', '-c', script, 'sh', mount, VALID, process.execPath, program],
      { encoding: 'utf8' },
    );
    expect(output).toBe('PROFILES_INSECURE\n1\n');
  });

  it('are refused when others may write the directory at the end of the links', () => {
    mountConfigMap(0o777);
    expect(() => loadProfiles({ directory })).toThrow(failure('PROFILES_INSECURE', /mode 0777/));
  });

  it('are loaded when the directory itself is a link', () => {
    write(file, VALID);
    const link = join(scratch, 'link');
    symlinkSync(directory, link);
    expect(loadProfiles({ directory: link }).source.directory).toBe(link);
  });

  it('are refused when a link leads out of the directory', () => {
    const outside = join(scratch, 'outside.yaml');
    write(outside, VALID);
    symlinkSync(outside, file);
    expect(() => loadProfiles({ directory })).toThrow(
      failure(
        'PROFILES_UNREADABLE',
        /^Profiles\.yaml is a link that leads out of the profiles dir/,
      ),
    );
  });

  it('are refused when the link leads to a neighbour whose name begins alike', () => {
    mkdirSync(`${directory}-other`);
    write(join(`${directory}-other`, 'Profiles.yaml'), VALID);
    symlinkSync(join('..', 'profiles-other', 'Profiles.yaml'), file);
    expect(() => loadProfiles({ directory })).toThrow(failure('PROFILES_UNREADABLE', /leads out/));
  });

  it('are refused when a link leads round in a circle', () => {
    symlinkSync('Profiles.yaml', file);
    expect(() => loadProfiles({ directory })).toThrow(failure('PROFILES_UNREADABLE', /ELOOP/));
  });
});
