// The Gateway's promises, one after the other, each looked at from outside.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { SERVICE, TENANT } from './krypton.mjs';
import { CommandFailure, until } from './program.mjs';
import { heading, show } from './show.mjs';

/** @param {import('./krypton.mjs').Krypton} krypton */
export async function demonstrateKrypton(krypton) {
  heading('A key by KMIP, beside the workload');
  const { crypto } = await krypton.status();
  show(
    'gateway',
    `enrolled and serving ${Math.round(krypton.startMs)} ms after its start, FIPS ${crypto.fips}`,
  );
  const key = await createAndRead(krypton);
  showVault(krypton, key);

  heading('The link to the Core is cut');
  krypton.link.cut();
  const cut = await until('the Gateway noticing the cut', () => hasLink(krypton, 'cut'));
  show('link', `${cut.link.state}; serving for ${hours(cut.offlineLeftMs)} more without the Core`);
  const offline = await krypton.kmip('create', '--length', '256');
  show('create', `${offline.uid}, while cut`);
  expectSame(key.key, (await krypton.kmip('get', key.uid, '--hex')).key, 'the key read while cut');
  show('get', `${key.uid}, the same key as before`);
  show('destroy', `refused: ${await refusal(() => krypton.kmip('destroy', offline.uid))}`);

  heading('The link is back');
  krypton.link.restore();
  await until('the link', () => hasLink(krypton, 'linked'), { deadlineMs: 60_000 });
  await until('the outbox', async () =>
    (await krypton.status()).outbox.depth === 0 ? true : undefined,
  );
  const known = await until('the Core knowing the key', () =>
    krypton.admin('key', 'show', TENANT, offline.uid),
  );
  show('outbox', `empty: the Core knows ${known.uid}${known.offline ? ', made while cut' : ''}`);

  heading('The Core revokes the key');
  const counted = await krypton.admin('key', 'compromise', TENANT, key.uid, '--dry-run');
  show(
    'dry run',
    `would hit ${counted.keys} key at ${counted.gatewaysConnected} connected gateway`,
  );
  await krypton.admin('key', 'compromise', TENANT, key.uid, '--message', 'demonstration');
  const why = await until('the denial', async () => {
    try {
      await krypton.kmip('get', key.uid, '--hex');
      return undefined;
    } catch (error) {
      if (error instanceof CommandFailure) return reason(error);
      throw error;
    }
  });
  show('get', `refused: ${why}`);
  return { tenant: TENANT, service: SERVICE, key: offline.uid };
}

async function createAndRead(krypton) {
  const made = await krypton.kmip(
    'create',
    '--length',
    '256',
    '--name',
    'demonstration',
    '--get',
    '--hex',
  );
  show('create --get', `${made.uid}, ${made.length} bits, one round trip`);
  const read = await krypton.kmip('get', made.uid, '--hex');
  expectSame(made.key, read.key, 'the key read back');
  show('get', 'the same key');
  return made;
}

/** Reads the vault's own file, as a thief would. */
function showVault(krypton, { uid, key: hex }) {
  const plaintext = Buffer.from(hex, 'hex');
  const files = readdirSync(krypton.vaultDirectory).map((name) =>
    readFileSync(join(krypton.vaultDirectory, name)),
  );
  if (files.some((bytes) => bytes.includes(plaintext) || bytes.includes(hex))) {
    throw new Error('the vault holds the key in the clear');
  }
  const Database = createRequire(import.meta.url)('better-sqlite3');
  const file = readdirSync(krypton.vaultDirectory).find((name) => name.endsWith('.db'));
  const database = new Database(join(krypton.vaultDirectory, file), { readonly: true });
  try {
    const row = database.prepare('SELECT wrapped FROM keys WHERE uid = ?').get(uid);
    show(
      'vault',
      `holds ${row.wrapped.toString('hex').slice(0, 24)}… (wrapped); the key itself is nowhere in it`,
    );
  } finally {
    database.close();
  }
}

async function hasLink(krypton, wanted) {
  const status = await krypton.status();
  return status.link.state === wanted ? status : undefined;
}

async function refusal(action) {
  try {
    await action();
  } catch (error) {
    if (error instanceof CommandFailure) return reason(error);
    throw error;
  }
  throw new Error('the operation was not refused');
}

/** The first line of a complaint, without the word error. */
function reason({ complaint }) {
  return complaint.split('\n')[0].replace(/^error: /, '');
}

function expectSame(expected, actual, what) {
  if (expected !== actual) throw new Error(`${what} is another key`);
}

function hours(milliseconds) {
  return `${(milliseconds / 3_600_000).toFixed(1)} h`;
}
