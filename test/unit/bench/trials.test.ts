import { beforeAll, describe, expect, it } from 'vitest';

import { openDriver } from '../../../bench/drivers.ts';
import { makeFixtures } from '../../../bench/harness/make-fixtures.ts';
import type { CertificateFixture, FixtureName } from '../../../bench/trials/fixtures.ts';
import { TRIALS, trialById } from '../../../bench/trials/index.ts';
import { GROUPS, trialId, type Trial } from '../../../bench/trials/trial.ts';
import { DIGESTS } from '../../../src/crypto/algorithms.ts';
import type { CryptoProvider } from '../../../src/crypto/provider.ts';

const AFFORDABLE: readonly FixtureName[] = ['P-256 under P-256', 'P-384 under P-384'];
const ids = TRIALS.map(trialId);

describe('the table of trials', () => {
  it('names every trial once', () => {
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(TRIALS.map(({ group }) => group))).toEqual(new Set(GROUPS));
  });

  it('has every digest at every size', () => {
    for (const { name } of DIGESTS) {
      for (const size of ['16 B', '64 B', '1 KiB']) {
        expect(ids).toContain(`digests/${name} ${size} hex`);
      }
      for (const size of ['64 KiB', '1 MiB']) {
        expect(ids).toContain(`digests/${name} ${size} async, one at a time`);
        expect(ids).toContain(`digests/${name} ${size} async, 10 in flight`);
      }
    }
  });

  it('compares the native driver with the pure one in every row', () => {
    for (const { drivers } of TRIALS)
      expect(drivers).toEqual(expect.arrayContaining(['native', 'pure']));
  });

  it('measures certificates with the CA cache off and on', () => {
    for (const { drivers } of TRIALS.filter(({ group }) => group === 'certificates')) {
      expect(drivers).toEqual(['native', 'native+ca-cache', 'pure']);
    }
  });

  it('knows no trial by another name', () => {
    expect(() => trialById('digests/md5 64 B hex')).toThrow(RangeError);
  });
});

describe('a trial', () => {
  let pure: CryptoProvider;
  let fixtures: ReadonlyMap<FixtureName, CertificateFixture>;

  beforeAll(async () => {
    pure = await openDriver('pure');
    fixtures = await makeFixtures(new Set(AFFORDABLE), Math.floor(Date.now() / 1000));
  });

  const fixtureOf = (trial: Trial) => trial.fixture && fixtures.get(trial.fixture);
  // EC certificates stand for all: an RSA-4096 key alone takes seconds to make.
  const affordable = TRIALS.filter(
    ({ fixture }) => fixture === undefined || AFFORDABLE.includes(fixture),
  );

  it.each(affordable.map(trialId))(
    '%s prepares on the pure provider and runs again',
    async (id) => {
      const trial = trialById(id);
      const operation = await trial.prepare(pure, fixtureOf(trial));
      await operation.run();
    },
  );

  it.each(['createHash', 'crypto.hash'] as const)(
    'runs on %s with the right result',
    async (driver) => {
      const rows = TRIALS.filter(({ drivers }) => drivers.includes(driver));
      expect(rows).toHaveLength(6);
      const provider = await openDriver(driver);
      for (const trial of rows) await trial.prepare(provider, undefined);
    },
  );

  it('refuses to measure a digest that is wrong', () => {
    const broken: CryptoProvider = { ...pure, digests: { ...pure.digests, hex: () => 'ba5eba11' } };
    const trial = trialById('digests/sha-256 64 B hex');
    expect(() => trial.prepare(broken, undefined)).toThrow('wrong digest');
  });

  it('refuses to measure a key wrap that is wrong', () => {
    const broken: CryptoProvider = { ...pure, keyWrap: { ...pure.keyWrap, wrap: () => 40 } };
    const trial = trialById('key-wrap/AES-256 KW wrap 32 B');
    expect(() => trial.prepare(broken, undefined)).toThrow('does not wrap');
  });

  it('refuses to measure a certificate that its CA did not sign', async () => {
    const trial = trialById('certificates/P-256 under P-256, one at a time');
    const own = fixtureOf(trial);
    if (own === undefined) throw new Error('no fixture');
    const [other] = (
      await makeFixtures(new Set(['P-256 under P-256']), Math.floor(Date.now() / 1000))
    ).values();
    const broken: CryptoProvider = {
      ...pure,
      certificates: {
        issue: (request) =>
          pure.certificates.issue({
            ...request,
            caKey: other?.caKey ?? own.caKey,
            caCertificate: other?.caCertificate ?? own.caCertificate,
          }),
      },
    };
    await expect(trial.prepare(broken, own)).rejects.toThrow('not signed by its CA');
  });
});
