import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CliContext } from '../../../src/cli/context.ts';
import { EXIT } from '../../../src/errors/index.ts';
import { DEFAULT_POLICY } from '../../../src/cli/core/policy-options.ts';
import { run } from './fake-context.ts';

let directory: string;
let ca: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cryptobroker-core-cli-'));
  ca = join(directory, 'ca.pem');
  writeFileSync(ca, 'PEM');
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

interface Call {
  readonly socket: string;
  readonly path: string;
  readonly request: unknown;
}

/** Runs a command against a Core that answers everything with `answer`, and gives back what it was asked. */
async function ask(args: readonly string[], answer: unknown = {}) {
  const calls: Call[] = [];
  const callLocal = (socket: string, method: { path: string }, request: unknown) => {
    calls.push({ socket, path: method.path.split('/').at(-1) ?? '', request });
    return Promise.resolve(answer);
  };
  const outcome = await run(['core', ...args, '--admin-socket', '/core.sock'], {
    callLocal: callLocal as CliContext['callLocal'],
  });
  return { ...outcome, calls };
}

const radius = {
  applied: false,
  services: 1n,
  serviceKeyVersions: 2n,
  keys: 7n,
  gatewaysConnected: 1n,
  gatewaysUnreachable: 1n,
  worstCase: { seconds: 1_800_000_000n, nanos: 0 },
};

describe('core without a subcommand', () => {
  it('runs the Core with the settings of its scope', async () => {
    let listen: string | undefined;
    const { exit } = await run(['core', '--listen', '127.0.0.1:1'], {
      runCore: ({ settings }) => {
        listen = settings.core.listen;
        return Promise.resolve(EXIT.listen);
      },
    });
    expect(exit).toBe(EXIT.listen);
    expect(listen).toBe('127.0.0.1:1');
  });
});

describe('core tenant create', () => {
  it('sends the CA bundle and the rules, in their order', async () => {
    const { calls, exit } = await ask(
      [
        ...['tenant', 'create', 'acme', '--client-ca', ca],
        ...['--rule', 'payments=spiffe:spiffe://acme.example/payments/'],
        ...['--rule', 'audit[Get, GetAttributes, re-key]=subject:CN=a=b,O=Acme'],
      ],
      { tenantId: 'acme', state: 'ACTIVE' },
    );
    expect(exit).toBe(EXIT.ok);
    expect(calls).toEqual([
      {
        socket: '/core.sock',
        path: 'CreateTenant',
        request: {
          tenantId: 'acme',
          name: 'acme',
          trust: {
            tenantId: 'acme',
            caBundle: Buffer.from('PEM'),
            rules: [
              {
                match: { $case: 'spiffePrefix', value: 'spiffe://acme.example/payments/' },
                serviceId: 'payments',
                operations: [],
              },
              {
                match: { $case: 'subject', value: 'CN=a=b,O=Acme' },
                serviceId: 'audit',
                operations: ['Get', 'Get Attributes', 'Re-key'],
              },
            ],
          },
        },
      },
    ]);
  });

  it.each(['payments', 'payments=', 'payments=mac:00', '=cn:a', 'pay ments=cn:a', 'p[1]=cn:a'])(
    'refuses the rule %j and asks nobody',
    async (rule) => {
      const { exit, error, calls } = await ask([
        ...['tenant', 'create', 'acme', '--client-ca', ca, '--rule', rule],
      ]);
      expect(exit).toBe(EXIT.usage);
      expect(error).toContain('must be SERVICE=KIND:VALUE');
      expect(calls).toEqual([]);
    },
  );

  it('refuses an operation that KMIP does not have: the rule would allow nothing and say nothing', async () => {
    const { exit, error } = await ask([
      ...['tenant', 'create', 'acme', '--client-ca', ca, '--rule', 'a[Obtain]=cn:a'],
    ]);
    expect(exit).toBe(EXIT.usage);
    expect(error).toContain('KMIP has no operation "Obtain"');
  });
});

describe('core service create', () => {
  it('sends the default policy with the changes that were named', async () => {
    const { calls } = await ask([
      ...['service', 'create', 'acme', 'payments', '--json'],
      ...['--policy', 'activate-on-create=true', '--policy', 'max-offline=2h'],
      ...['--policy', 'escrow=none', '--policy', 'tunnel-timeout=2s', '--policy', 'outbox-max=10'],
    ]);
    expect(calls[0]?.request).toEqual({
      tenantId: 'acme',
      serviceId: 'payments',
      policy: {
        ...DEFAULT_POLICY,
        tenantId: 'acme',
        serviceId: 'payments',
        activateOnCreate: true,
        maxOfflineSeconds: 7200,
        l4Escrow: 2,
        tunnelTimeoutMs: 2000,
        outboxMax: 10n,
      },
    });
  });

  it.each([
    ['max-offline=soon', 'must be 0s to 7776000s'],
    ['max-offline=2', 'must be 0s'],
    ['lease=5s', 'must be 10s'],
    ['escrow=plain', 'must be wrapped or none'],
    ['activate-on-create=yes', 'must be true or false'],
    ['outbox-max=-1', 'must be a whole number'],
    ['colour=blue', 'no such policy'],
  ])('refuses the policy %s', async (policy, complaint) => {
    const { exit, error } = await ask(['service', 'create', 'a', 'b', '--policy', policy]);
    expect(exit).toBe(EXIT.usage);
    expect(error).toContain(complaint);
  });
});

describe('core key compromise', () => {
  it('says what a dry run counted, and when it would be in force everywhere', async () => {
    const { calls, out } = await ask(['key', 'compromise', 'acme', 'uid-1', '--dry-run'], radius);
    expect(calls[0]).toMatchObject({
      path: 'SetKeyState',
      request: { uid: 'uid-1', action: 'compromise', reasonCode: 2, dryRun: true },
    });
    expect(out).toContain('no, this was a dry run');
    expect(out).toMatch(/keys +7\n/);
    expect(out).toContain('2027-01-15T08:00:00Z at the latest');
  });

  it('prints counts as numbers in JSON', async () => {
    const { out } = await ask(['key', 'destroy', 'acme', 'uid-1', '--json'], radius);
    expect(JSON.parse(out)).toMatchObject({ keys: 7, applied: false });
  });
});

describe('core gateway create', () => {
  it.each(['acme', 'acme/', '/payments', 'acme/pay/ments', 'a b/c'])(
    'refuses the scope %j',
    async (scope) => {
      const { exit, error } = await ask([
        ...['gateway', 'create', 'gw', '--identity', 'spiffe://e/gateway/gw', '--scope', scope],
      ]);
      expect(exit).toBe(EXIT.usage);
      expect(error).toContain('must be TENANT/SERVICE');
    },
  );
});

describe('core root-secret', () => {
  it('makes 32 bytes in a new file that only its owner can read', async () => {
    const file = join(directory, 'root');
    const { exit, out } = await run(['core', 'root-secret', file]);
    expect(exit).toBe(EXIT.ok);
    expect(statSync(file)).toMatchObject({ size: 32 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(out).not.toContain(readFileSync(file, 'hex'));
  });

  it('never touches a file that is there', async () => {
    const file = join(directory, 'there');
    writeFileSync(file, 'precious');
    const { exit, error } = await run(['core', 'root-secret', file]);
    expect(exit).toBe(EXIT.failed);
    expect(error).toContain('EEXIST');
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });
});
