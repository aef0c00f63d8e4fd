import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import {
  connect,
  MAX_PATH_BYTES,
  openDatabase,
  type OwnedDatabase,
  type WriterOptions,
} from '../../../src/sqlite/index.ts';
import { announceSkip } from '../../support/environment.ts';
import { expectFailure, failureOf } from '../../support/failures.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const UID = process.getuid?.() ?? 0;

function options(changes: Partial<WriterOptions> = {}): WriterOptions {
  return {
    path: join(scratchDirectory(), 'made', 'store.db'),
    subject: 'core store',
    uid: UID,
    schema: { applicationId: 0x1234, migrations: ['CREATE TABLE first (a INTEGER) STRICT'] },
    tuning: { cacheBytes: 1024 * 1024, autocheckpointPages: 1000 },
    check: true,
    ...changes,
  };
}

/** Opens a database until the test ends. */
function open(given: WriterOptions): OwnedDatabase {
  const database = openDatabase(given);
  onTestFinished(() => {
    database.close();
  });
  return database;
}

/** Makes a database and closes it. */
function make(given = options()): WriterOptions {
  openDatabase(given).close();
  return given;
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o7777).toString(8);
}

describe('making a database', () => {
  it('lets nobody else in: directory 0700, files 0600, whatever the umask', () => {
    const before = process.umask(0);
    onTestFinished(() => {
      process.umask(before);
    });
    const given = options();
    const { connection } = open(given);
    connection.exec('INSERT INTO first VALUES (1)');
    expect(modeOf(dirname(given.path))).toBe('700');
    for (const suffix of ['', '-wal', '-shm', '-lock']) {
      expect(modeOf(given.path + suffix), suffix).toBe('600');
    }
  });

  it('is durable, overwrites what is deleted and trusts no schema', () => {
    const { connection } = open(options());
    const pragma = (name: string): unknown => connection.pragma(name, { simple: true });
    expect(pragma('journal_mode')).toBe('wal');
    expect(pragma('synchronous')).toBe(2);
    expect(pragma('secure_delete')).toBe(1);
    expect(pragma('trusted_schema')).toBe(0);
    expect(pragma('cell_size_check')).toBe(1);
    expect(pragma('fullfsync')).toBe(1);
    expect(pragma('mmap_size')).toBe(0);
    expect(pragma('application_id')).toBe(0x1234);
    // Defensive mode: the schema cannot be edited, nor the journal switched off.
    expect(() => connection.exec("UPDATE sqlite_schema SET sql = 'x'")).toThrow(/may not be/);
    expect(pragma('journal_mode = OFF')).toBe('wal');
  });

  it('leaves one file and the lock when it is closed', () => {
    const { path } = make();
    expect(existsSync(path)).toBe(true);
    expect(existsSync(`${path}-wal`)).toBe(false);
    expect(existsSync(`${path}-shm`)).toBe(false);
    expect(existsSync(`${path}-lock`)).toBe(true);
  });
});

describe('the form of the file', () => {
  it('is brought forward step by step, and only by what is missing', () => {
    const given = make();
    const { applicationId, migrations } = given.schema;
    const second = 'ALTER TABLE first ADD COLUMN b TEXT; INSERT INTO first VALUES (1, 2)';
    const newer = { ...given, schema: { applicationId, migrations: [...migrations, second] } };
    make(newer);
    const { connection } = open(newer);
    expect(connection.prepare('SELECT * FROM first').all()).toEqual([{ a: 1, b: '2' }]);
    expect(connection.pragma('user_version', { simple: true })).toBe(2);
  });

  it('stays as it was when a step fails', () => {
    const given = make();
    const { applicationId, migrations } = given.schema;
    const broken = [
      ...migrations,
      'CREATE TABLE second (a INTEGER); INSERT INTO nowhere VALUES (1)',
    ];
    expect(() =>
      openDatabase({ ...given, schema: { applicationId, migrations: broken } }),
    ).toThrow();
    const { connection } = open(given);
    expect(
      connection.prepare("SELECT name FROM sqlite_schema WHERE name = 'second'").all(),
    ).toEqual([]);
  });

  it('is refused when it is newer, and nothing is written', async () => {
    const given = make();
    edit(given.path, 'PRAGMA user_version = 2');
    const before = readFileSync(given.path);
    const { code, message } = await failureOf(() => openDatabase(given));
    expect(code).toBe('VAULT_VERSION_NEWER');
    expect(message).toBe('core store: the file has version 2, this program knows 1');
    expect(readFileSync(given.path).equals(before)).toBe(true);
  });

  it('is refused when it is a database of something else, and nothing is written', async () => {
    const given = options();
    mkdirSync(dirname(given.path), { mode: 0o700 });
    writeFileSync(given.path, '', { mode: 0o600 });
    edit(given.path, 'CREATE TABLE theirs (a)');
    const before = readFileSync(given.path);
    await expectFailure(() => openDatabase(given), 'VAULT_FOREIGN');
    edit(given.path, 'PRAGMA application_id = 7');
    await expectFailure(() => openDatabase(given), 'VAULT_FOREIGN');
    edit(given.path, 'PRAGMA application_id = 0');
    expect(readFileSync(given.path).subarray(100).equals(before.subarray(100))).toBe(true);
    expect(existsSync(`${given.path}-wal`)).toBe(false);
  });

  it('is refused when it is no database', async () => {
    const given = options();
    mkdirSync(dirname(given.path), { mode: 0o700 });
    writeFileSync(given.path, Buffer.alloc(8192, 'garbage'), { mode: 0o600 });
    await expectFailure(() => openDatabase(given), 'VAULT_DAMAGED');
  });

  it('is refused when a page is damaged, unless nobody looks', async () => {
    const given = make();
    const bytes = readFileSync(given.path);
    bytes.fill(0xa5, 4096, 8192);
    writeFileSync(given.path, bytes);
    await expectFailure(() => openDatabase(given), 'VAULT_DAMAGED');
    make({ ...given, check: false });
  });

  it('is refused when the definition of a table is another, unless nobody looks', async () => {
    const given = make();
    const bytes = readFileSync(given.path);
    bytes.write('z', bytes.indexOf('first (a INTEGER)') + 'first ('.length);
    writeFileSync(given.path, bytes);
    await expectFailure(() => openDatabase(given), 'VAULT_DAMAGED');
    make({ ...given, check: false });
  });

  it('is refused when the file is cut off', async () => {
    const given = make();
    truncateSync(given.path, 4096);
    await expectFailure(() => openDatabase(given), 'VAULT_DAMAGED');
  });

  it('is refused when the log is there and the database is not', async () => {
    const given = options();
    open(given);
    renameSync(given.path, `${given.path}.gone`);
    await expectFailure(() => openDatabase(given), 'VAULT_DAMAGED');
    expect(statSync(`${given.path}-wal`).size).toBeGreaterThan(0);
  });
});

describe('one process at a time', () => {
  it('refuses a second opening at once, also by the same process, and not a later one', async () => {
    const given = options();
    const first = openDatabase(given);
    await expectFailure(() => openDatabase(given), 'VAULT_LOCKED');
    await expectFailure(() => openDatabase(given), 'VAULT_LOCKED');
    first.close();
    openDatabase(given).close();
  });

  it('gives the lock back when opening fails', async () => {
    const given = make();
    const foreign = { ...given, schema: { ...given.schema, applicationId: 1 } };
    await expectFailure(() => openDatabase(foreign), 'VAULT_FOREIGN');
    openDatabase(given).close();
  });
});

describe('files that others get at', () => {
  it.each(['', '-wal', '-shm', '-journal', '-lock'])(
    'are refused: mode 0640 of %j',
    async (suffix) => {
      const given = make();
      writeFileSync(given.path + suffix, '', { flag: 'a' });
      chmodSync(given.path + suffix, 0o640);
      await expectFailure(() => openDatabase(given), 'VAULT_INSECURE');
    },
  );

  it('are refused: a directory that others may look into', async () => {
    const given = make();
    chmodSync(dirname(given.path), 0o750);
    await expectFailure(() => openDatabase(given), 'VAULT_INSECURE');
    chmodSync(dirname(given.path), 0o2700);
    make(given);
  });

  it('are refused: links, for the file and for its directory', async () => {
    const given = make();
    const elsewhere = join(dirname(given.path), 'elsewhere.db');
    renameSync(given.path, elsewhere);
    symlinkSync(elsewhere, given.path);
    await expectFailure(() => openDatabase(given), 'VAULT_INSECURE');
    const link = join(dirname(dirname(given.path)), 'link');
    symlinkSync(dirname(given.path), link);
    await expectFailure(
      () => openDatabase({ ...given, path: join(link, 'elsewhere.db') }),
      'VAULT_INSECURE',
    );
  });

  it('are refused: a dangling link, behind which the file would be made', async () => {
    const given = options();
    mkdirSync(dirname(given.path), { mode: 0o700 });
    const target = join(dirname(dirname(given.path)), 'target.db');
    symlinkSync(target, given.path);
    await expectFailure(() => openDatabase(given), 'VAULT_INSECURE');
    expect(existsSync(target)).toBe(false);
  });

  it('are refused: a second name of the file', async () => {
    const given = make();
    linkSync(given.path, `${given.path}.second`);
    await expectFailure(() => openDatabase(given), 'VAULT_INSECURE');
  });

  it('are refused: something that is no file', async () => {
    const given = options();
    mkdirSync(given.path, { recursive: true, mode: 0o700 });
    await expectFailure(() => openDatabase(given), 'VAULT_INSECURE');
  });

  it('are refused: another owner', async (context) => {
    if (UID !== 0) {
      announceSkip('a database of another owner', 'run the tests as root');
      context.skip();
    }
    const given = make();
    chownSync(given.path, 4321, 4321);
    await expectFailure(() => openDatabase(given), 'VAULT_INSECURE');
    chownSync(given.path, 0, 0);
    chownSync(dirname(given.path), 4321, 4321);
    await expectFailure(() => openDatabase(given), 'VAULT_INSECURE');
  });
});

describe('paths', () => {
  const directory = '/tmp/never-made';

  it.each([
    ['relative', 'store.db'],
    ['not in its simplest form', `${directory}/../store.db`],
    ['a directory', `${directory}/`],
    ['with a zero byte', `${directory}/a\0b`],
    ['ending with a space, which the driver would cut off', `${directory}/store.db `],
    ['too long', `${directory}/${'x'.repeat(MAX_PATH_BYTES)}`],
    ['too long in bytes', `${directory}/${'ä'.repeat(MAX_PATH_BYTES / 2)}`],
  ])('are refused: %s', async (_, path) => {
    await expectFailure(() => openDatabase(options({ path })), 'VAULT_UNUSABLE');
    expect(existsSync(directory)).toBe(false);
  });

  it('may be as long as the limit', () => {
    const top = scratchDirectory();
    const parts: string[] = [top];
    while (parts.join('/').length < MAX_PATH_BYTES - 200) parts.push('d'.repeat(99));
    const folder = parts.join('/');
    const path = `${folder}/${'x'.repeat(MAX_PATH_BYTES - folder.length - 1)}`;
    expect(Buffer.byteLength(path)).toBe(MAX_PATH_BYTES);
    const { connection } = open(options({ path }));
    connection.exec('INSERT INTO first VALUES (1)');
    expect(existsSync(`${path}-wal`)).toBe(true);
  });

  it('are refused where no directory can be made', async () => {
    const file = join(scratchDirectory(), 'file');
    writeFileSync(file, '');
    const path = join(file, 'vault', 'store.db');
    const { code, message } = await failureOf(() => openDatabase(options({ path })));
    expect(code).toBe('VAULT_UNUSABLE');
    expect(message).toBe('core store: its files cannot be made or read: ENOTDIR');
  });
});

/** Edits a file as somebody else could. */
function edit(path: string, sql: string): void {
  const connection = connect(path, { busyTimeoutMs: 0 });
  connection.exec(sql);
  connection.close();
}
