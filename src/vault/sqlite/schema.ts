import type { Schema } from '../../sqlite/index.ts';

/** "CBgv" in ASCII: crypto-broker gateway vault. */
const APPLICATION_ID = 0x43426776;

/**
 * A row's number is its place in the file and nothing else: new rows go to the end, whatever their random uids, and the
 * index over inner ids, which rise as well, is as cheap. Rows are too wide for a table without rowid, whose every level
 * would hold whole rows (https://www.sqlite.org/withoutrowid.html §2); postings are narrow, and are one.
 *
 * `terms` repeats what stands in `postings` for the row, 16 bytes each, so that a change needs no second index over
 * postings, and so that a check can hold the two together.
 *
 * `outbox_sequence` is the last outbox entry about the key, acknowledged or not. With an index over the outbox's random
 * uids in its place a commit of eight new keys wrote 33 pages, without it 22. Entries about a key that is not in the
 * vault (any more) are strays, and are few.
 */
const FIRST = `
CREATE TABLE vault (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  vault_id TEXT NOT NULL,
  generation INTEGER NOT NULL,
  outbox_acknowledged INTEGER NOT NULL,
  -- Where the audit chain begins: after which entry and with which link; without one, with what the vault's id gives.
  audit_base_sequence INTEGER NOT NULL DEFAULT 0,
  audit_base_link BLOB
) STRICT;

CREATE TABLE keys (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  uid TEXT NOT NULL UNIQUE,
  tenant TEXT NOT NULL,
  service TEXT NOT NULL,
  object_type INTEGER NOT NULL,
  state INTEGER NOT NULL CHECK (state IN (1, 2, 3, 4, 5, 6, 16)),
  revision INTEGER NOT NULL,
  service_key_id TEXT NOT NULL,
  service_key_version INTEGER NOT NULL,
  wrapped BLOB NOT NULL,
  digest BLOB NOT NULL,
  mac BLOB NOT NULL,
  attributes BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  quarantine TEXT,
  terms BLOB NOT NULL,
  outbox_sequence INTEGER NOT NULL
) STRICT;
CREATE INDEX keys_unbound ON keys (id) WHERE length(mac) = 0;
CREATE INDEX keys_quarantined ON keys (id) WHERE quarantine IS NOT NULL;

CREATE TABLE postings (
  term BLOB NOT NULL,
  id BLOB NOT NULL,
  PRIMARY KEY (term, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
  sequence INTEGER PRIMARY KEY,
  entry_id BLOB NOT NULL,
  uid TEXT NOT NULL,
  body BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  stray INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_strays ON outbox (uid) WHERE stray = 1;

CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  tenant TEXT NOT NULL,
  service TEXT NOT NULL,
  actor TEXT NOT NULL,
  operation TEXT NOT NULL,
  uid TEXT NOT NULL,
  outcome TEXT NOT NULL,
  correlation_id TEXT NOT NULL,
  link BLOB NOT NULL
) STRICT;

CREATE TABLE states (
  name TEXT PRIMARY KEY NOT NULL,
  value BLOB NOT NULL
) STRICT;
`;

/** How a vault's file is laid out. A later form is a further step; a step that was released is never changed. */
export const VAULT_SCHEMA: Schema = { applicationId: APPLICATION_ID, migrations: [FIRST] };
