import type { Schema } from '../../sqlite/index.ts';

/**
 * The Core's own database. Times are milliseconds since 1970, keys' times of creation seconds. Columns with keys hold them
 * wrapped alone: tenant roots under the root key, service keys under their tenant root, data keys under their service key.
 */
export const CORE_SCHEMA: Schema = {
  // 'CBco'
  applicationId: 0x4342636f,
  migrations: [
    `
CREATE TABLE core (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  cluster_id TEXT NOT NULL,
  region TEXT NOT NULL,
  -- Incarnation: one more at every start.
  epoch INTEGER NOT NULL,
  governance_version INTEGER NOT NULL,
  -- PKCS #8 of the key that signs grants, wrapped under the root key: unwrapping it proves the root secret right.
  grant_key BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tenants (
  tenant_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('ACTIVE', 'SUSPENDED', 'REVOKED')),
  -- ClientTrust, encoded.
  trust BLOB NOT NULL,
  -- Tenant root (L2).
  root BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE services (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  service_id TEXT NOT NULL,
  service_key_id TEXT NOT NULL UNIQUE,
  -- ServicePolicy, encoded.
  policy BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, service_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE service_keys (
  service_key_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  -- ServiceKeyState.
  state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),
  -- What a suspended version goes back to.
  suspended_from INTEGER,
  -- NULL once destroyed.
  wrapped BLOB,
  check_value BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (service_key_id, version)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX service_keys_active ON service_keys (service_key_id) WHERE state = 1;

CREATE TABLE gateways (
  gateway_id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  -- URI SAN of its certificate.
  identity TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('ACTIVE', 'DECOMMISSIONED')),
  generation INTEGER NOT NULL,
  instance_id TEXT,
  vault_id TEXT,
  -- EnrollRequest with nothing but its sealing keys, encoded.
  sealing_keys BLOB,
  last_heartbeat INTEGER,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE gateway_scopes (
  gateway_id TEXT NOT NULL REFERENCES gateways,
  tenant_id TEXT NOT NULL,
  service_id TEXT NOT NULL,
  PRIMARY KEY (gateway_id, tenant_id, service_id),
  FOREIGN KEY (tenant_id, service_id) REFERENCES services
) STRICT, WITHOUT ROWID;
CREATE INDEX gateway_scopes_service ON gateway_scopes (tenant_id, service_id);

-- Every vault a Gateway ever enrolled with.
CREATE TABLE vaults (
  vault_id TEXT PRIMARY KEY,
  gateway_id TEXT NOT NULL REFERENCES gateways,
  generation INTEGER NOT NULL,
  instance_id TEXT NOT NULL,
  -- Outbox entries up to this sequence are settled; below 0: it has enrolled, and not said yet where it stands.
  settled INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
  -- The order in which the Core learned of them.
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uid TEXT NOT NULL UNIQUE,
  tenant_id TEXT NOT NULL,
  service_id TEXT NOT NULL,
  object_type INTEGER NOT NULL,
  state INTEGER NOT NULL CHECK (state IN (1, 2, 3, 4, 5, 6, 16)),
  suspended_from INTEGER,
  revision INTEGER NOT NULL,
  service_key_id TEXT NOT NULL,
  service_key_version INTEGER NOT NULL,
  wrapped BLOB,
  mac BLOB,
  digest BLOB,
  -- Canonical form.
  attributes BLOB NOT NULL,
  gateway_id TEXT NOT NULL,
  creator TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  offline INTEGER NOT NULL CHECK (offline IN (0, 1)),
  -- The outbox entry that registered it, and SHA-256 of that entry; NULL for keys that were made here.
  entry_id BLOB UNIQUE,
  entry_sha256 BLOB,
  FOREIGN KEY (tenant_id, service_id) REFERENCES services
) STRICT;
CREATE INDEX keys_service ON keys (tenant_id, service_id, id);
CREATE INDEX keys_service_key ON keys (service_key_id, service_key_version);

CREATE TABLE key_terms (
  tenant_id TEXT NOT NULL,
  service_id TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  key_id INTEGER NOT NULL REFERENCES keys ON DELETE CASCADE,
  PRIMARY KEY (tenant_id, service_id, name, value, key_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX key_terms_key ON key_terms (key_id);

-- Event log: one a Gateway and lane, numbered from 1 without gaps. Acknowledged events are deleted.
CREATE TABLE lanes (
  gateway_id TEXT NOT NULL REFERENCES gateways,
  lane INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 2),
  head INTEGER NOT NULL,
  acknowledged INTEGER NOT NULL,
  PRIMARY KEY (gateway_id, lane)
) STRICT, WITHOUT ROWID;
CREATE TABLE events (
  gateway_id TEXT NOT NULL REFERENCES gateways,
  lane INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  -- Event, encoded.
  event BLOB NOT NULL,
  PRIMARY KEY (gateway_id, lane, sequence)
) STRICT, WITHOUT ROWID;

-- The last grant of every service key version to every Gateway.
CREATE TABLE grants (
  gateway_id TEXT NOT NULL REFERENCES gateways,
  service_key_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  grant_id TEXT NOT NULL UNIQUE,
  -- SHA-256 of everything that the grant promises but its times: when that changes, another grant is due.
  basis BLOB NOT NULL,
  not_after INTEGER NOT NULL,
  loaded INTEGER NOT NULL CHECK (loaded IN (0, 1)),
  PRIMARY KEY (gateway_id, service_key_id, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE grant_sequences (
  gateway_id TEXT NOT NULL REFERENCES gateways,
  service_key_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  PRIMARY KEY (gateway_id, service_key_id)
) STRICT, WITHOUT ROWID;

-- Answers to delegated messages, kept for ten minutes against repetition.
CREATE TABLE answers (
  gateway_id TEXT NOT NULL REFERENCES gateways,
  request_id TEXT NOT NULL,
  request_sha256 BLOB NOT NULL,
  -- TunnelResponse, encoded.
  response BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (gateway_id, request_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX answers_at ON answers (at);

CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  -- Empty for the administrator.
  gateway_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  operation TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  service_id TEXT NOT NULL,
  uid TEXT NOT NULL,
  outcome TEXT NOT NULL,
  correlation_id TEXT NOT NULL
) STRICT;
`,
  ],
};
