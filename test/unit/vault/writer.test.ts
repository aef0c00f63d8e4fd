import { existsSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';

import { claimDatabase, connect } from '../../../src/sqlite/index.ts';
import { openWriter } from '../../../src/vault/sqlite/writer/open-writer.ts';
import type { Writer } from '../../../src/vault/sqlite/writer/writer.ts';
import { changed, newKey, outboxEntry, wrappedBytes } from '../../support/vault-keys.ts';
import { UID, vaultOptions } from '../../support/vaults.ts';

interface Surroundings {
  path?: string;
  minimumFreeBytes?: number;
  /** What the file system is said to have free. */
  free: number | undefined;
}

/** A writer on this thread, with a file system and a clock that the test decides. */
function openForTest(surroundings: Surroundings = { free: undefined }): {
  writer: Writer;
  path: string;
} {
  const { path, minimumFreeBytes } = vaultOptions(surroundings);
  const lock = claimDatabase({ path, uid: UID, subject: 'vault' });
  const { newVaultId, outboxLimit } = vaultOptions();
  const writer = openWriter(
    { path, uid: UID, newVaultId, outboxLimit, minimumFreeBytes, check: true, counts: true },
    { freeBytes: () => surroundings.free },
  );
  onTestFinished(() => {
    writer.close();
    lock.release();
  });
  return { writer, path };
}

const codes = (outcomes: ReturnType<Writer['run']>): (string | undefined)[] =>
  outcomes.map((outcome) => outcome?.code);

describe('groups', () => {
  it('fail in the parts that are at fault, and nowhere else', () => {
    const { writer } = openForTest();
    const key = newKey();
    const first = writer.run([{ insert: [key] }, { insert: [key] }, { insert: [newKey()] }]);
    expect(codes(first)).toEqual([undefined, 'VAULT_UID_TAKEN', undefined]);
    expect(codes(writer.run([{ insert: [key] }]))).toEqual(['VAULT_UID_TAKEN']);
    expect(writer.keys).toBe(2);
    expect(writer.trouble).toBeUndefined();
  });

  it('see what the requests before have done', () => {
    const { writer } = openForTest();
    const { row } = newKey();
    const outcomes = writer.run([
      { insert: [{ row, terms: [] }], outbox: [outboxEntry(row.uid)] },
      { change: [changed(row, { state: 3 })] },
      { acknowledge: 1 },
      { purge: [row] },
      { insert: [{ row, terms: [] }] },
    ]);
    expect(codes(outcomes)).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(writer.keys).toBe(1);
  });
});

describe('a file system that is nearly full', () => {
  it('takes no new keys and everything else, and goes on by itself when there is room', () => {
    const surroundings = { minimumFreeBytes: 1000, free: 1000 };
    const { writer } = openForTest(surroundings);
    const { row } = newKey();
    expect(codes(writer.run([{ insert: [{ row, terms: [] }] }]))).toEqual([undefined]);
    surroundings.free = 999;
    const requests = [
      { insert: [newKey()] },
      { change: [changed(row, { state: 3 as const })] },
      { states: new Map([['s', Buffer.of(1)]]) },
    ];
    expect(codes(writer.run(requests))).toEqual(['VAULT_DISK_FULL', undefined, undefined]);
    expect(writer.trouble).toMatchObject({ code: 'VAULT_DISK_FULL' });
    expect(writer.needsTending).toBe(true);
    surroundings.free = 1000;
    writer.tend();
    expect(writer.trouble).toBeUndefined();
    expect(codes(writer.run([{ insert: [newKey()] }]))).toEqual([undefined]);
  });
});

describe('shredding', () => {
  it('leaves nothing of destroyed keys in database and log', () => {
    const { writer, path } = openForTest();
    const keys = Array.from({ length: 400 }, (_, i) =>
      newKey({ wrapped: wrappedBytes(Buffer.from(`canary-${i}-`.padEnd(40, 'X'))) }),
    );
    for (let i = 0; i < keys.length; i += 40) {
      writer.run(keys.slice(i, i + 40).map((key) => ({ insert: [key] })));
    }
    writer.checkpoint();
    const destroyed = keys.filter((_, i) => i % 3 !== 0);
    const requests = destroyed.map(({ row }, i) =>
      i % 2 === 0
        ? { purge: [row] }
        : { change: [changed(row, { state: 5 as const, wrapped: wrappedBytes(Buffer.of()) })] },
    );
    for (let i = 0; i < requests.length; i += 50) writer.run(requests.slice(i, i + 50));
    expect(writer.shred()).toBe(true);
    const bytes = Buffer.concat([readFileSync(path), readFileSync(`${path}-wal`)]);
    const left = keys.filter(({ row }) => bytes.includes(Buffer.from(row.wrapped)));
    expect(left).toEqual(keys.filter((_, i) => i % 3 === 0));
    expect(statSync(`${path}-wal`).size).toBe(0);
  });

  it('waits for a reader that still sees the old pages, and is done when it has gone', () => {
    const { writer, path } = openForTest();
    const canary = Buffer.from('canary-canary-canary-canary-canary-canary');
    const { row } = newKey({ wrapped: wrappedBytes(canary) });
    writer.run([{ insert: [{ row, terms: [] }] }]);
    const reader = connect(path, { readonly: true, busyTimeoutMs: 0 });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM keys').get();
    writer.run([{ purge: [row] }]);
    expect(writer.shred()).toBe(false);
    expect(writer.shredPending).toBe(true);
    // Others are served meanwhile.
    expect(codes(writer.run([{ insert: [newKey()] }]))).toEqual([undefined]);
    reader.exec('COMMIT');
    reader.close();
    writer.tend();
    expect(writer.shredPending).toBe(false);
    expect(readFileSync(path).includes(canary)).toBe(false);
    expect(existsSync(`${path}-wal`) && readFileSync(`${path}-wal`).includes(canary)).toBe(false);
  });
});

describe('the log', () => {
  it('is moved into the database when it is quiet', () => {
    const { writer } = openForTest();
    writer.run([{ insert: [newKey()] }]);
    expect(writer.logPages).toBeGreaterThan(0);
    expect(writer.needsTending).toBe(true);
    writer.tend();
    expect(writer.logPages).toBe(0);
    expect(writer.needsTending).toBe(false);
  });
});
