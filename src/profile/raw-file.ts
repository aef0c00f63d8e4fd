import { array, boolean, object, optional, string, unsafe } from '../config/schema.ts';
import type { Static } from '../config/schema.ts';
import { DATE_PATTERN } from './calendar-date.ts';
import { RawApi } from './raw-operations.ts';
import { anyCase, foreignKey } from './raw-values.ts';

/**
 * The two shapes a profile file has had. The list form is that of generations A and B: a list of profiles, each with
 * its own Settings. The global form is generation C: Settings once at the top, then Profiles. B is A with more keys,
 * so one schema reads both.
 */

/** Most profiles one file may hold. */
const MOST_PROFILES = 1024;

const Name = string({
  minLength: 1,
  maxLength: 64,
  pattern: '^[!-~]([ -~]*[!-~])?$',
  description: 'How callers name the profile. Unique in the file; printable ASCII.',
  problem: {
    minLength: 'required',
    maxLength: 'too large (max 64)',
    pattern:
      'must contain only printable ASCII characters (0x20-0x7E) and neither begin nor end with a space',
  },
});

const CryptoLibrary = anyCase(
  ['native'],
  'Cryptographic library. native is the only one: OpenSSL in this product.',
  'unknown cryptographic library: {value}, available values: [native]',
);

const KMS_DESCRIPTION = 'Key management service that holds the keys. Not used by this version.';

const Kms = object(
  {
    Client: string({
      minLength: 1,
      maxLength: 64,
      description: 'Kind of key management service, such as openbao.',
    }),
    Config: optional(
      string({
        minLength: 1,
        maxLength: 255,
        description: 'File with the connection, in the directory of CRYPTO_BROKER_KMS_DIR.',
      }),
    ),
    Cache: optional(boolean({ description: 'Whether keys are kept for a while.' })),
  },
  { title: 'KMS', description: KMS_DESCRIPTION },
);

const date = (description: string) =>
  string({
    pattern: DATE_PATTERN,
    description,
    problem: 'invalid date "{value}": write it as YYYY-MM-DD',
  });

export const RawDeprecation = object(
  {
    ReplacedBy: optional(
      string({
        minLength: 1,
        maxLength: 64,
        description:
          'Name of the profile to use instead, in this file. Should be equal or stronger: callers are sent there.',
      }),
    ),
    DeprecatedSince: optional(date('Day from which the profile counts as deprecated.')),
    RemoveAfter: optional(date('Day after which the profile may be gone.')),
    Reason: optional(
      string({
        minLength: 1,
        maxLength: 512,
        pattern: '^[^\\u0000-\\u001f\\u007f]*$',
        description: 'Why, in a sentence; callers see it.',
        problem: {
          pattern: 'must not contain control characters',
        },
      }),
    ),
    SupersededBy: foreignKey('SupersededBy is called ReplacedBy'),
  },
  {
    title: 'Deprecation',
    description:
      'Marks the profile as outdated. It works as before, and every answer made with it carries a warning.',
  },
);

const common = {
  Name,
  Deprecation: optional(RawDeprecation),
  API: RawApi,
  Deprecated: foreignKey('Deprecated is a section called Deprecation'),
  SupersededBy: foreignKey('SupersededBy is ReplacedBy in the section Deprecation'),
};
const missingCommon = { API: 'profile should contain at least one API' };

const MIXED = 'two generations of the file format are mixed';

const RawListProfile = object(
  {
    ...common,
    Settings: object(
      {
        CryptoLibrary,
        KMS: foreignKey(
          `${MIXED}: in a list of profiles KMS stands beside Settings, as a map with Client and Config`,
        ),
      },
      { description: 'Settings of this profile.' },
    ),
    KMS: optional(Kms),
    Profiles: foreignKey(
      `${MIXED}: Profiles belongs to a file that is a map with Settings and Profiles at the top, and this file is a list`,
    ),
  },
  {
    description: 'One profile.',
    missing: {
      ...missingCommon,
      Settings:
        'missing key "Settings": in a list every profile has its own (CryptoLibrary: native); only a file with Settings and Profiles at the top says it once for all',
    },
  },
);

export const RawListFile = array(RawListProfile, {
  minItems: 1,
  maxItems: MOST_PROFILES,
  description: 'Profiles as a list, each with its own Settings (generations A and B).',
});

const ownSettings = (key: string) =>
  foreignKey(`${MIXED}: ${key} stands once at the top of this file, not in a profile`);

const RawGlobalProfile = object(
  { ...common, Settings: ownSettings('Settings'), KMS: ownSettings('KMS') },
  { description: 'One profile.', missing: missingCommon },
);

export const RawGlobalFile = object(
  {
    Settings: object(
      {
        CryptoLibrary,
        KMS: optional(
          unsafe<string | Static<typeof Kms>>({
            ...Kms,
            title: 'GlobalKMS',
            type: ['string', 'object'],
            minLength: 1,
            maxLength: 64,
            description: `${KMS_DESCRIPTION} Its kind alone, or a map.`,
          }),
        ),
      },
      { description: 'Settings of all profiles.' },
    ),
    Profiles: array(RawGlobalProfile, {
      minItems: 1,
      maxItems: MOST_PROFILES,
      description: 'The profiles.',
    }),
  },
  { description: 'Settings once at the top, then the profiles (generation C).' },
);

export type RawDeprecation = Static<typeof RawDeprecation>;
export type RawListFile = Static<typeof RawListFile>;
export type RawGlobalFile = Static<typeof RawGlobalFile>;
/** What the two forms have in common: all that the model is made from. */
export type RawProfile = RawListFile[number] | RawGlobalFile['Profiles'][number];
