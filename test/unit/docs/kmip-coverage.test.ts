import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Where the tests of each kind are. */
const TESTS = {
  released: 'test/interop/kmip-foreign-clients.test.ts',
  sequence: 'test/unit/core/kmip/client-sequences.test.ts',
  message: 'test/unit/kmip/payloads/quirks.test.ts',
} as const;

/** How the names of tests call a client that the document calls otherwise. */
const NAMES_IN_TESTS: Readonly<Record<string, string>> = {
  'PyKMIP 0.11.0': 'PyKMIP',
  'ovh/kmip-go v0.8.1': 'kmip-go',
  'MongoDB drivers (CSFLE, Queryable Encryption)': 'MongoDB with client-side encryption',
  'the same, delegated': 'MongoDB with delegated encryption',
  'Percona Server for MySQL, keyring_kmip': 'keyring of Percona Server for MySQL',
  'MySQL Enterprise TDE': 'MySQL Enterprise',
  'Percona kmipclient (C++)': "Percona's new client",
  'pg_tde for PostgreSQL': 'PostgreSQL with pg_tde',
  'VMware vCenter': 'vCenter',
  'Synology DSM 7': 'Synology',
  'Db2 11.1': 'Db2',
};

/** Client and what the document says of its tests: the first and the last column. */
function knownClients(): readonly (readonly [string, string])[] {
  const [, section = ''] = read('docs/kmip-coverage.md').split('\n## Known clients\n');
  const [table = ''] = section.split('\n## ');
  const [, ...rows] = table
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'));
  return rows.map((row) => {
    const cells = row.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''));
    return [cells[0] ?? '', cells.at(-1) ?? ''];
  });
}

describe('the clients that docs/kmip-coverage.md calls tested', () => {
  const tested = knownClients().filter(([, tests]) => tests !== 'no');

  it('are most of those that it knows', () => {
    expect(tested.length).toBeGreaterThan(10);
  });

  it.each(tested)('%s: %s', (client, tests) => {
    const kind = /^(?:released|sequence|message)/.exec(tests)?.[0] as keyof typeof TESTS;
    expect(read(TESTS[kind])).toContain(NAMES_IN_TESTS[client] ?? client);
  });
});
