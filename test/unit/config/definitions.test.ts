import { describe, expect, it } from 'vitest';
import { SETTINGS, settingFlags, UNUSED_VARIABLES } from '../../../src/config/index.ts';

describe('the settings', () => {
  it('have names that mean one thing each', () => {
    const variables = SETTINGS.flatMap(({ env, envAliases = [] }) => [
      env,
      ...envAliases.map((alias) => alias.env),
    ]);
    const all = [...variables, ...UNUSED_VARIABLES.map(({ name }) => name)];
    expect(new Set(all).size).toBe(all.length);
    for (const scope of ['server', 'client'] as const) {
      const flags = settingFlags(scope).map(({ attribute }) => attribute);
      expect(new Set(flags).size).toBe(flags.length);
      expect(flags).not.toContain('config');
    }
  });

  it('are explained in a sentence, and numbers have bounds', () => {
    for (const { key, description, type, minimum, maximum } of SETTINGS) {
      expect(description, key).toMatch(/^.{5,}\.$/s);
      if (type === 'integer') expect(minimum, key).toBeLessThan(maximum ?? -1);
    }
  });

  it.each([
    'CRYPTO_BROKER_PROFILES_DIR',
    'CRYPTO_BROKER_GRPC_MAX_CONCURRENT_STREAMS',
    'CRYPTO_BROKER_LOG_LEVEL',
    'CRYPTO_BROKER_LOG_FORMAT',
    'CRYPTO_BROKER_LOG_OUTPUT',
    'CRYPTO_BROKER_BENCHMARKING_SIGNCERTIFICATE_CA_CERT',
    'CRYPTO_BROKER_BENCHMARKING_SIGNCERTIFICATE_PRIVATE_KEY',
    'CRYPTO_BROKER_BENCHMARKING_SIGNCERTIFICATE_CSR',
  ])('keep the name that the original gave it: %s', (name) => {
    expect(SETTINGS.some(({ env }) => env === name)).toBe(true);
  });
});

describe('the flags of a program', () => {
  const flag = (attribute: string) =>
    settingFlags('server').find((candidate) => candidate.attribute === attribute);

  it('are ready for a command line parser', () => {
    expect(flag('socket')).toEqual({
      attribute: 'socket',
      usage: '--socket <path>',
      repeatable: true,
      description: expect.stringMatching(
        /\(CRYPTO_BROKER_SOCKETS; default: \/tmp\/open-crypto-broker\/crypto-broker-server\.sock, /,
      ) as unknown,
    });
    expect(flag('fips')).toMatchObject({ usage: '--fips <mode>', choices: ['required', 'off'] });
    expect(flag('dev')).toMatchObject({ usage: '--dev', repeatable: false });
    expect(flag('profilesDir')?.description).toMatch(/default: the shipped profiles\)$/);
  });

  it('of a client are few', () => {
    expect(settingFlags('client').map(({ usage }) => usage)).toEqual([
      '--socket <path>',
      '--deadline-ms <ms>',
    ]);
  });
});
