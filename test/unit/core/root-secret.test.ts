import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseRootSecret, readRootSecret } from '../../../src/core/sealing/root-secret.ts';
import { expectFailure } from '../../support/failures.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const DIGITS = '00112233445566778899aAbBcCdDeEfF'.repeat(2);
const BYTES = Buffer.from(DIGITS, 'hex');
const OTHER_USER = 12_345;
const uid = process.getuid?.() ?? 0;

function file(content: string | Uint8Array, mode = 0o600): string {
  const path = join(scratchDirectory(), 'secret');
  writeFileSync(path, content, { mode });
  return path;
}

describe('the root secret in a file', () => {
  it('is 32 bytes, or 64 digits with or without a line’s end', () => {
    for (const content of [BYTES, DIGITS, `${DIGITS}\n`, `${DIGITS}\r\n`]) {
      expect(Buffer.from(readRootSecret(file(content), uid))).toEqual(BYTES);
    }
  });

  it('is refused in any other form', async () => {
    const wrong = ['', 'x', DIGITS.slice(1), `${DIGITS}0`, `${DIGITS.slice(1)}g`, ` ${DIGITS}`];
    for (const content of [...wrong, Buffer.alloc(31), Buffer.alloc(33), Buffer.alloc(1 << 20)]) {
      await expectFailure(() => readRootSecret(file(content), uid), 'ROOT_SECRET_UNUSABLE');
    }
  });

  it('is refused when it is open to anybody else', async () => {
    for (const mode of [0o640, 0o604, 0o620, 0o666, 0o601]) {
      const path = file(DIGITS);
      chmodSync(path, mode);
      await expectFailure(() => readRootSecret(path, uid), 'ROOT_SECRET_UNUSABLE');
    }
  });

  it.skipIf(uid !== 0)('is refused when it belongs to neither this user nor root', async () => {
    const path = file(DIGITS);
    chownSync(path, OTHER_USER, 0);
    await expectFailure(() => readRootSecret(path, uid), 'ROOT_SECRET_UNUSABLE');
    await expectFailure(() => readRootSecret(path, OTHER_USER + 1), 'ROOT_SECRET_UNUSABLE');
  });

  it.skipIf(uid !== 0)(
    'may belong to root and be read by the group, behind links, as a mounted secret is',
    async () => {
      const path = file(DIGITS);
      const link = join(scratchDirectory(), 'link');
      symlinkSync(path, link);
      for (const mode of [0o400, 0o440, 0o640]) {
        chmodSync(path, mode);
        expect(Buffer.from(readRootSecret(link, OTHER_USER)), String(mode)).toEqual(BYTES);
      }
      for (const mode of [0o444, 0o460, 0o450, 0o642]) {
        chmodSync(path, mode);
        await expectFailure(() => readRootSecret(link, OTHER_USER), 'ROOT_SECRET_UNUSABLE');
      }
    },
  );

  it('is refused when it is a directory, a pipe, or not there; a pipe does not hold the start up', async () => {
    const directory = scratchDirectory();
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    const folder = join(directory, 'folder');
    mkdirSync(folder, { mode: 0o700 });
    for (const path of [pipe, folder, join(directory, 'none')]) {
      await expectFailure(() => readRootSecret(path, uid), 'ROOT_SECRET_UNUSABLE');
    }
  });

  it('is not repeated in the words of a refusal', () => {
    const path = file(`${DIGITS.slice(1)}g`);
    expect(() => readRootSecret(path, uid)).toThrow(/^root secret: is neither/);
  });
});

describe('the root secret in a value', () => {
  it('is 64 digits and nothing else', async () => {
    expect(Buffer.from(parseRootSecret(DIGITS))).toEqual(BYTES);
    for (const value of ['', BYTES.toString('latin1'), `${DIGITS}00`, 'ä'.repeat(64)]) {
      await expectFailure(() => parseRootSecret(value), 'ROOT_SECRET_UNUSABLE');
    }
  });
});
