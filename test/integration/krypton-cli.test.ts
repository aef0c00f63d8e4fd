import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../src/kmip-client/index.ts';
import { writeBatch } from '../../src/kmip-client/exchange.ts';
import { CORE_ADMIN } from '../../src/uplink-wire/index.ts';
import { VAULT_FILE } from '../../src/vault/index.ts';
import { cryptobroker, type Ended } from '../support/programs.ts';
import { Krypton, TENANT, stopEverything } from './support/krypton.ts';
import { callLocal } from '../../src/cli/local/call-local.ts';
import { KryptonProcess, PROGRAM_ENVIRONMENT } from './support/krypton-process.ts';
import { eventually } from './support/krypton-wait.ts';

const UID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\n$/;

let krypton: Krypton;
/** What an operator has exported. */
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  krypton = await Krypton.start();
  const { core, gateway, certificates, directory } = krypton;
  const { certificatePem, keyPem } = await krypton.clientLeaf();
  writeFileSync(join(directory, 'app.pem'), certificatePem);
  writeFileSync(join(directory, 'app.key'), keyPem, { mode: 0o600 });
  env = {
    ...PROGRAM_ENVIRONMENT,
    CRYPTO_BROKER_CORE_ADMIN_SOCKET: core.adminSocket,
    CRYPTO_BROKER_GATEWAY_STATUS_SOCKET: gateway.statusSocket,
    CRYPTO_BROKER_GATEWAY_VAULT_DIR: gateway.vaultDirectory,
    CRYPTO_BROKER_KMIP_SERVER: `127.0.0.1:${gateway.port}`,
    CRYPTO_BROKER_KMIP_CA: certificates.caFile('kmip'),
    CRYPTO_BROKER_KMIP_CERT: join(directory, 'app.pem'),
    CRYPTO_BROKER_KMIP_KEY: join(directory, 'app.key'),
  };
}, 60_000);
afterAll(stopEverything);

async function run(...args: readonly string[]): Promise<Ended> {
  return await cryptobroker(args, { env, cwd: krypton.directory, timeoutMs: 20_000 });
}

/** What a command prints that succeeds and has nothing to complain about. */
async function printed(...args: readonly string[]): Promise<string> {
  const { exit, out, error } = await run(...args);
  expect({ exit, error }, args.join(' ')).toEqual({ exit: 0, error: '' });
  return out.toString();
}

/** The same of a command with --json. */
async function answered(...args: readonly string[]): Promise<unknown> {
  return JSON.parse(await printed(...args, '--json'));
}

describe('cryptobroker kmip', () => {
  it('makes a key, gives it, and takes it through its life', async () => {
    const file = join(krypton.directory, 'data.key');
    const made = await printed('kmip', 'create', '--name', 'backups', '--get', '--out', file);
    expect(made).toMatch(UID);
    const uid = made.trim();
    expect(readFileSync(file)).toHaveLength(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const [hex, found, attributes, names, query] = await Promise.all([
      printed('kmip', 'get', uid, '--hex'),
      printed('kmip', 'locate', '--name', 'backups', '--state', 'active'),
      answered('kmip', 'attributes', uid, 'State', 'Cryptographic Length'),
      printed('kmip', 'attributes', uid, '--list'),
      printed('kmip', 'query'),
    ]);
    expect(hex).toBe(`${readFileSync(file).toString('hex')}\n`);
    expect(found).toBe(`${uid}\n`);
    expect(attributes).toEqual({
      uid,
      attributes: { State: ['Active (0x00000002)'], 'Cryptographic Length': ['256'] },
    });
    expect(names.split('\n')).toContain('Initial Date');
    expect(query).toMatch(/^version +2\.1$/m);
    expect(query).toMatch(/^operations +Create, .*Destroy/m);

    expect(await printed('kmip', 'activate', uid)).toBe(`${uid}\n`);
    await printed('kmip', 'revoke', uid, '--reason', 'superseded', '--message', 'the next one');
    await printed('kmip', 'destroy', uid, '--kmip-version', '1.0');
    const gone = await run('kmip', 'get', uid, '--hex');
    expect(gone).toMatchObject({
      exit: 1,
      error: expect.stringMatching(
        /^error: get refused, object destroyed: .*\n {2}code: KMIP_FAILED\n/,
      ) as string,
    });
    expect(gone.out).toHaveLength(0);
  });

  it('makes a key without giving it, and registers one', async () => {
    const file = join(krypton.directory, 'own.key');
    const material = randomBytes(16);
    writeFileSync(file, material, { mode: 0o600 });
    const [made, registered] = await Promise.all([
      printed('kmip', 'create', '--length', '128'),
      printed('kmip', 'register', '--kind', 'symmetric-key', '--secret-file', file),
    ]);
    expect(made).toMatch(UID);
    expect(registered).toMatch(UID);
    const got = await answered('kmip', 'get', registered.trim(), '--hex');
    expect(got).toMatchObject({ uid: registered.trim(), key: material.toString('hex') });
  });

  it('gives a request an id that the logs of Gateway and Core show', async () => {
    const uid = (await printed('kmip', 'create')).trim();
    await printed('kmip', 'revoke', uid, '--reason', 'superseded', '--correlation-id', 'order 7');
    const { core, gateway } = krypton;
    for (const program of [core, gateway]) {
      const line = await eventually('a line with the id', () =>
        Promise.resolve(
          program
            .log()
            .split('\n')
            .find((text) => text.includes('"order 7"') && text.includes('finished KMIP operation')),
        ),
      );
      expect(JSON.parse(line)).toMatchObject({
        operation: 'Revoke',
        uid,
        correlationId: 'order 7',
      });
    }
  });

  it('shows a captured message without the key in it', async () => {
    const material = Buffer.alloc(32, 0xa5);
    const message = writeBatch({
      ...{ version: 14, errorContinuation: 'stop', maximumResponseSize: 8192 },
      operations: [operations.register({ kind: 'symmetric-key', material, usageMask: 12 })],
    });
    const file = join(krypton.directory, 'captured.bin');
    writeFileSync(file, message);
    const dump = await printed('kmip', 'dump', file);
    expect(dump).toContain('Key Material');
    expect(dump).not.toMatch(/a5a5/i);
  });

  it('says what is wrong with a server that is not there, and with a certificate that is not known', async () => {
    const [absent, unknown] = await Promise.all([
      run('kmip', 'query', '--server', '127.0.0.1:1'),
      run('kmip', 'query', '--ca', krypton.certificates.caFile('strangers')),
    ]);
    for (const { exit, error } of [absent, unknown]) {
      expect(exit).toBe(1);
      expect(error).toMatch(
        /^error: no connection to the server \(\w+\)\n {2}code: KMIP_UNREACHABLE\n/,
      );
    }
  });
});

describe('cryptobroker gateway', () => {
  it('says how the Gateway is, what is in its vault, and that it is sound', async () => {
    await printed('kmip', 'create');
    const backup = join(krypton.directory, 'vault-backup.db');
    const [text, status, keys, check, copied] = await Promise.all([
      printed('gateway', 'status'),
      answered('gateway', 'status'),
      answered('gateway', 'keys', '--tenant', TENANT, '--limit', '2'),
      printed('gateway', 'vault', 'check'),
      printed('gateway', 'vault', 'backup', backup),
    ]);
    expect(text).toMatch(/^ready +yes$/m);
    expect(text).toMatch(/^link +linked, /m);
    expect(text).toMatch(/^service key +acme\/payments version 1, wraps, lease /m);
    expect(text).toMatch(/^fips +required$/m);
    expect(text).toMatch(/^entropy +CTR_DRBG/m);
    expect(status).toMatchObject({ ready: true, link: { state: 'linked' }, name: 'gateway-1' });
    expect(keys).toMatchObject({ keys: [{ tenantId: TENANT }, { tenantId: TENANT }] });
    expect(check).toMatch(/sound\n$/);
    expect(copied).toMatch(/^\d+ keys, \d+ bytes, of vault [0-9a-f-]{36}\n$/);
    expect(statSync(backup).mode & 0o777).toBe(0o600);

    // Put back, it is a vault again.
    const place = join(krypton.directory, 'restored-vault');
    await printed('gateway', 'vault', 'restore', backup, '--vault-dir', place);
    expect(existsSync(join(place, VAULT_FILE))).toBe(true);
    expect(await printed('gateway', 'vault', 'check', '--vault-dir', place)).toMatch(/sound\n$/);
  });

  it('is not ready for an operator whose Gateway is not there', async () => {
    const { exit, error } = await run(
      'gateway',
      'status',
      '--status-socket',
      '/tmp/no-gateway.sock',
    );
    expect(exit).toBe(1);
    expect(error).toMatch(/\n {2}code: LOCAL_UNREACHABLE\n/);
  });
});

describe('cryptobroker core', () => {
  it('declares a tenant, its service and the Gateway that serves it', async () => {
    const ca = krypton.certificates.caFile('clients');
    const rule = 'orders[Create,Get]=spiffe:spiffe://globex.test/orders/';
    expect(
      await printed('core', 'tenant', 'create', 'globex', '--client-ca', ca, '--rule', rule),
    ).toBe('tenant globex is ACTIVE\n');
    const created = await printed('core', 'service', 'create', 'globex', 'orders');
    expect(created).toMatch(/^key version 1 +active$/m);
    await printed(
      ...['core', 'gateway', 'create', 'gateway-7', '--scope', 'globex/orders'],
      ...['--identity', 'spiffe://test/gateway/gateway-7'],
    );
    const [tenants, services, gateways] = await Promise.all([
      printed('core', 'tenant', 'list'),
      answered('core', 'service', 'list', 'globex'),
      printed('core', 'gateway', 'list'),
    ]);
    expect(tenants).toContain(rule);
    expect(gateways).toMatch(/^gateway-1 .*connected/m);
    expect(gateways).toMatch(/^gateway-7 .*cut/m);
    // Without a word about policies it is what the Core does by itself.
    const plain = await krypton.core.admin(CORE_ADMIN.createService, {
      ...{ tenantId: 'globex', serviceId: 'other', policy: undefined },
    });
    const { tenantId, serviceId, ...policy } = plain.policy ?? { tenantId: '', serviceId: '' };
    expect([tenantId, serviceId]).toEqual(['globex', 'other']);
    expect(services).toMatchObject([{ serviceId: 'orders', policy: plainNumbers(policy) }]);
  });

  it('shows keys, and says what a change would hit before it is made', async () => {
    const uid = (await printed('kmip', 'create')).trim();
    await krypton.gateway.whenDrained();
    const [status, facts, list, key, radius] = await Promise.all([
      printed('core', 'status'),
      answered('core', 'status'),
      answered('core', 'key', 'list', TENANT, '--service', 'payments', '--limit', '1000'),
      printed('core', 'key', 'show', TENANT, uid),
      answered('core', 'key', 'compromise', TENANT, uid, '--dry-run'),
    ]);
    expect(status).toMatch(/^gateways +1 of \d connected$/m);
    expect(status).toMatch(/^fips +required$/m);
    // A SubjectPublicKeyInfo of P-384, in hexadecimal.
    expect(JSON.stringify(facts)).toMatch(/"grantKeySpki":"3076301006[0-9a-f]{230}"/);
    expect((list as { keys: { uid: string }[] }).keys.map((one) => one.uid)).toContain(uid);
    expect(key).toMatch(/^state +active$/im);
    expect(radius).toMatchObject({ applied: false, keys: 1, gatewaysConnected: 1 });
    expect(await printed('kmip', 'get', uid, '--hex')).toMatch(/^[0-9a-f]{64}\n$/);
    await printed('core', 'key', 'compromise', TENANT, uid, '--message', 'found on a train');
    const refused = await run('kmip', 'get', uid, '--hex');
    expect(refused.error).toContain('the object is compromised');
  });

  it('turns pages of keys by what the page before said', async () => {
    await Promise.all([printed('kmip', 'create'), printed('kmip', 'create')]);
    await krypton.gateway.whenDrained();
    const first = await printed('core', 'key', 'list', TENANT, '--limit', '1');
    const [, after = ''] = /^more: --after (\S+)$/m.exec(first) ?? [];
    expect(after).not.toBe('');
    const second = await printed('core', 'key', 'list', TENANT, '--limit', '1', '--after', after);
    expect(second.split('\n')[1]).not.toBe(first.split('\n')[1]);
  });

  it('rotates a service key and changes a policy, and the Gateway follows', async () => {
    expect(await printed('core', 'service', 'rotate', TENANT, 'payments')).toMatch(
      /^key version 2 +active$/m,
    );
    await krypton.gateway.whenStatus('version 2', ({ serviceKeys }) =>
      serviceKeys.some(({ version, wraps }) => version === 2 && wraps),
    );
    const changed = await printed(
      ...['core', 'service', 'policy', TENANT, 'payments', '--policy', 'max-offline=1h'],
    );
    expect(changed).toMatch(/^max-offline +3600s$/m);
    expect(changed).toMatch(/^activate-on-create +true$/m);
    await krypton.gateway.whenStatus(
      'an hour',
      ({ offlineLeftMs = 0n }) => offlineLeftMs <= 3_600_000n,
    );
  });

  it('is brought back from a backup, with every key that was in it', async () => {
    const uid = (await printed('kmip', 'create')).trim();
    await krypton.gateway.whenDrained();
    const backup = join(krypton.directory, 'core-backup.db');
    const place = join(krypton.directory, 'restored-core');
    expect(await printed('core', 'backup', backup)).toMatch(/^\d+ bytes, SHA-256 [0-9a-f]{64}\n$/);
    expect(await printed('core', 'restore', backup, place)).toContain('restored');
    const socket = join(krypton.directory, 'restored.sock');
    const restored = await KryptonProcess.start([
      ...krypton.core.arguments,
      ...['--listen', '127.0.0.1:0', '--data-dir', place, '--admin-socket', socket],
    ]);
    try {
      const key = await callLocal(socket, CORE_ADMIN.getKey, { tenantId: TENANT, uid });
      expect(key).toMatchObject({ uid, escrowed: true });
    } finally {
      expect(await restored.stop()).toBe(0);
    }
  });

  it('makes a root secret once, and refuses to start on another one', async () => {
    const file = join(krypton.directory, 'new.secret');
    await printed('core', 'root-secret', file);
    expect(statSync(file)).toMatchObject({ size: 32, mode: 0o100600 });
    expect(await run('core', 'root-secret', file)).toMatchObject({ exit: 1 });
    const copy = join(krypton.directory, 'wrong-secret');
    await printed('core', 'restore', join(krypton.directory, 'core-backup.db'), copy);
    await expect(
      KryptonProcess.start([
        ...krypton.core.arguments,
        ...['--listen', '127.0.0.1:0', '--data-dir', copy, '--root-secret-file', file],
        ...['--admin-socket', join(krypton.directory, 'wrong.sock')],
      ]),
    ).rejects.toThrow('ROOT_SECRET_WRONG');
  });
});

/** As --json prints it: 64-bit numbers are counts. */
function plainNumbers(value: object): object {
  return Object.fromEntries(
    Object.entries(value).map(([name, one]: [string, unknown]) => [
      ...[name, typeof one === 'bigint' ? Number(one) : one],
    ]),
  ) as object;
}
