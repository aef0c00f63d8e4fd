import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { createUplink } from '../../../src/uplink/create-uplink.ts';
import { expectFailure } from '../../support/failures.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { issueLeaf, makeUplinkCa, writeUplinkFiles } from '../../support/uplink-pki.ts';
import { Refusal } from './scripted-core.ts';
import { clock, CORE_URI, pki, prepare, TestGateway } from './test-gateway.ts';

describe('connecting to the Core', () => {
  it('enrols, says hello, and is linked when lane 0 is flushed', async () => {
    const { core, gateway, uplink } = await prepare();
    gateway.applied = [3n, 2n, 1n];
    gateway.resumeToken = Buffer.from('from before');
    expect(uplink.status.state).toBe('cut');
    uplink.start();
    await gateway.linked();
    const hello = await (await core.stream()).frame('hello');
    expect(hello).toMatchObject({
      generation: 1n,
      outboxHead: 0n,
      applied: { lane0: 3n, lane1: 2n, lane2: 1n },
    });
    expect(Buffer.from(hello.resumeToken).toString()).toBe('from before');
    expect(core.enrolments).toHaveLength(1);
    expect(gateway.happened).toContain('enrolled 1');
    expect(uplink.status).toMatchObject({
      state: 'linked',
      generation: 1n,
      reconnects: 0,
      lastError: undefined,
    });
  });

  it('keeps the token of Welcome, and shows it at the next connection', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.until(() => gateway.resumeToken.byteLength > 0);
    (await core.stream()).end();
    const again = await (await core.stream(2)).frame('hello');
    expect(Buffer.from(again.resumeToken).toString()).toBe('token');
    expect(again.generation).toBe(2n);
    await gateway.linked();
    expect(uplink.status.reconnects).toBe(1);
  });

  it('says goodbye when it is stopped', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.linked();
    const stream = await core.stream();
    await uplink.stop();
    expect((await stream.frame('goodbye')).reason).toBe('stopping');
    expect(uplink.status.state).toBe('cut');
    expect(core.enrolments).toHaveLength(1);
  });

  it('stops while it waits to dial again', async () => {
    const { core, gateway, uplink } = await prepare({
      limits: { reconnectFirstMs: 60_000, reconnectLongestMs: 60_000 },
    });
    core.stop();
    uplink.start();
    await gateway.logged('no link to the core');
    await uplink.stop();
    expect(uplink.status.lastError).toMatch(/ECONNREFUSED/);
  });

  it('logs a Core that stays away once', async () => {
    const { core, gateway, uplink } = await prepare();
    core.stop();
    uplink.start();
    await expect.poll(() => uplink.status.reconnects, { timeout: 5_000 }).toBeGreaterThan(3);
    expect(gateway.log.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });
});

describe('the Core it accepts', () => {
  it.each(['spiffe://example.org/core/', 'core.example.org'])(
    'is known as %s',
    async (coreIdentity) => {
      const { gateway, uplink } = await prepare({ coreIdentity });
      uplink.start();
      await gateway.linked();
      expect(uplink.status.state).toBe('linked');
    },
  );

  const server = { usage: 'server' } as const;
  it.each([
    [
      'another name',
      { ...server, uris: ['spiffe://example.org/core/eu-2'] },
      CORE_URI,
      'expected identity',
    ],
    [
      'a gateway',
      { ...server, uris: ['spiffe://example.org/gateway/gw-1'] },
      'spiffe://example.org/core/',
      'expected identity',
    ],
    [
      'another trust domain',
      { ...server, uris: ['spiffe://example.net/core/eu-1'] },
      'spiffe://example.org/core/',
      'expected identity',
    ],
    [
      'two identities',
      { ...server, uris: [CORE_URI, 'spiffe://example.org/core/eu-2'] },
      CORE_URI,
      'exactly one URI',
    ],
    ['no identity', { ...server, dnsNames: ['core.example.org'] }, CORE_URI, 'exactly one URI'],
    [
      'a name with a comma in it',
      { ...server, uris: [`https://x/?a=1, URI:${CORE_URI}`] },
      CORE_URI,
      'expected identity',
    ],
    [
      'another server name',
      { ...server, dnsNames: ['other.example.org'] },
      'core.example.org',
      'expected name',
    ],
    ['a client certificate', { usage: 'client', uris: [CORE_URI] } as const, CORE_URI, 'purpose'],
    [
      'an expired certificate',
      { ...server, uris: [CORE_URI], notAfter: Date.now() - 1000 },
      CORE_URI,
      'expired',
    ],
  ])('is not one with %s', async (_what, leaf, coreIdentity, reason) => {
    const credentials = await issueLeaf((await pki()).ca, leaf);
    const { core, gateway, uplink } = await prepare({ coreIdentity, credentials });
    uplink.start();
    const line = await gateway.logged(reason);
    expect(line).toMatchObject({ level: 'warn', message: 'no link to the core' });
    expect(uplink.status.state).toBe('cut');
    expect(core.enrolments).toHaveLength(0);
  });

  it('is not one of another CA', async () => {
    const other = await makeUplinkCa('Another CA');
    const credentials = await issueLeaf(other, { ...server, uris: [CORE_URI] });
    const { core, gateway, uplink } = await prepare({ credentials });
    uplink.start();
    await gateway.logged('certificate');
    expect(core.enrolments).toHaveLength(0);
  });

  it.each([
    'spiffe://example.org/',
    'spiffe://example.org/gateway/gw-1',
    'spiffe://example.org/core/../x',
    'core.example.org:443',
    '*.example.org',
    '',
  ])('cannot be given as %j', async (coreIdentity) => {
    await expectFailure(() => prepare({ coreIdentity }), 'CONFIG_INVALID');
  });

  it.each([
    '',
    'core',
    'core:0',
    'core:65536',
    'core:x',
    '::1:443',
    '[core]:443',
    'a b:1',
    'http://core:443',
  ])('cannot be at %j', async (address) => {
    await expectFailure(() => prepare({ address: () => address }), 'CONFIG_INVALID');
  });
});

describe('a Core that refuses', () => {
  it('is asked again after a long while, and the log says why', async () => {
    const { core, gateway, uplink } = await prepare({ limits: { refusedMs: 300 } });
    const refusal = new Refusal(status.PERMISSION_DENIED, 'no such gateway', 'GATEWAY_UNKNOWN');
    core.script.enroll = () => {
      throw refusal;
    };
    const begun = clock.monotonicMs();
    uplink.start();
    const line = await gateway.logged('GATEWAY_UNKNOWN');
    expect(line).toMatchObject({
      level: 'error',
      fields: { reason: 'GATEWAY_UNKNOWN: no such gateway' },
    });
    core.script.enroll = (_request, response) => response;
    await gateway.linked();
    // Half of it at the least.
    expect(clock.monotonicMs() - begun).toBeGreaterThan(150);
    expect(core.enrolments).toHaveLength(2);
  });

  it('by superseding ends the uplink for good, with an alarm', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.linked();
    (await core.stream()).send({ $case: 'supersede', value: { reason: 'another instance' } });
    const line = await gateway.logged('SUPERSEDED');
    expect(line.level).toBe('error');
    expect(uplink.status).toMatchObject({
      state: 'cut',
      lastError: 'SUPERSEDED: another instance',
    });
    await uplink.stop();
    expect(core.enrolments).toHaveLength(1);
  });

  it('by superseding before the welcome is decided by another enrolment', async () => {
    // An enrolment of ours that was held up on a dead connection and arrived late looks to the Core like another process.
    const { core, gateway, uplink } = await prepare({ limits: { refusedMs: 100 } });
    const { hello } = core.script;
    core.script.hello = (stream) => {
      core.script.hello = hello;
      stream.end(new Refusal(status.FAILED_PRECONDITION, 'enrolled since', 'SUPERSEDED'));
    };
    uplink.start();
    await gateway.linked();
    expect(core.enrolments).toHaveLength(2);
  });

  it('at enrolment because another has the place ends it, too', async () => {
    const { core, gateway, uplink } = await prepare();
    core.script.enroll = () => {
      throw new Refusal(status.FAILED_PRECONDITION, 'cloned vault', 'SUPERSEDED');
    };
    uplink.start();
    expect((await gateway.logged('SUPERSEDED')).level).toBe('error');
    await uplink.stop();
    expect(core.enrolments).toHaveLength(1);
  });

  it('may say when to come back', async () => {
    const { core, gateway, uplink } = await prepare();
    core.script.hello = (stream) => {
      stream.send({
        $case: 'error',
        value: {
          code: 4,
          message: 'restarting',
          retry: true,
          retryAfterMs: 200,
          correlationId: '',
        },
      });
    };
    uplink.start();
    await gateway.logged('EPOCH_STALE');
    const refusedAt = clock.monotonicMs();
    core.script.hello = (stream) => {
      stream.welcome();
      stream.laneFlushed();
    };
    await gateway.linked();
    expect(clock.monotonicMs() - refusedAt).toBeGreaterThan(150);
  });
});

describe('the certificate files', () => {
  const uplinkWith = async (change: (directory: string) => void): Promise<unknown> => {
    const { ca, gateway } = await pki();
    const directory = scratchDirectory();
    const files = writeUplinkFiles(directory, ca, gateway);
    change(directory);
    return createUplink({
      address: '127.0.0.1:1',
      tls: { ...files, coreIdentity: CORE_URI },
      handlers: new TestGateway().handlers,
      clock,
      random: () => 0.5,
      logger: new TestGateway().logger,
    });
  };

  it.each([
    [
      'an empty CA',
      (in_: string) => {
        writeFileSync(join(in_, 'ca.pem'), '');
      },
    ],
    [
      'a key open to others',
      (in_: string) => {
        chmodSync(join(in_, 'gateway.key'), 0o604);
      },
    ],
    [
      'text that is no key',
      (in_: string) => {
        writeFileSync(join(in_, 'gateway.key'), 'text');
      },
    ],
    [
      'a file too large',
      (in_: string) => {
        writeFileSync(join(in_, 'ca.pem'), 'x'.repeat(300_000));
      },
    ],
  ])('with %s are refused at start', async (_what, change) => {
    await expectFailure(() => uplinkWith(change), 'UPLINK_TLS_UNUSABLE');
  });

  it('with the key of another certificate are refused at start', async () => {
    const { ca } = await pki();
    const other = await issueLeaf(ca, {
      usage: 'client',
      uris: ['spiffe://example.org/gateway/x'],
    });
    await expectFailure(
      () =>
        uplinkWith((directory) => {
          writeFileSync(join(directory, 'gateway.key'), other.keyPem);
        }),
      'UPLINK_TLS_UNUSABLE',
    );
  });

  it('are read again for every connection', async () => {
    const { core, gateway, uplink, directory } = await prepare();
    const { ca, gateway: right } = await pki();
    uplink.start();
    await gateway.linked();
    const other = await makeUplinkCa('Another CA');
    const wrong = await issueLeaf(other, {
      usage: 'client',
      uris: ['spiffe://example.org/gateway/gw-1'],
    });
    writeUplinkFiles(directory, ca, wrong);
    (await core.stream()).end();
    await gateway.cut();
    // The Core turns the new certificate away.
    await gateway.logged('no link to the core');
    writeUplinkFiles(directory, ca, right);
    await gateway.linked();
    expect(core.enrolments).toHaveLength(2);
  });

  it('that are broken while it runs are named, and it goes on trying', async () => {
    const { core, gateway, uplink, directory } = await prepare();
    const { ca, gateway: right } = await pki();
    uplink.start();
    await gateway.linked();
    writeFileSync(join(directory, 'gateway.pem'), 'half a certificate');
    (await core.stream()).end();
    await gateway.logged('holds no certificate');
    expect(uplink.status.lastError).not.toContain(directory);
    writeUplinkFiles(directory, ca, right);
    await gateway.linked();
  });
});
