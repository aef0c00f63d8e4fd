import { deepFreeze } from '../config/deep-freeze.ts';
import { printable } from '../config/printable.ts';
import { digest, type DigestAlgorithm, type DigestName } from '../crypto/algorithms.ts';
import type { CertificatePolicy } from '../crypto/provider.ts';
import { BrokerError } from '../errors/index.ts';
import type { ProfileWarning } from './problem.ts';
import {
  offeredOperations,
  type Deprecation,
  type OperationName,
  type Profile,
} from './profile.ts';

/** What an answer says about how it was made, so that whoever stores it can check it without the profile file. */
export interface Descriptor {
  readonly profile: string;
  readonly operation: OperationName;
  readonly algorithm: string;
}

/** One profile as the handlers use it: everything that does not depend on the request is decided. */
export interface ProfilePolicy {
  readonly name: string;
  readonly operations: readonly OperationName[];
  readonly hashData?: {
    readonly algorithm: DigestName;
    readonly digest: DigestAlgorithm;
    readonly descriptor: Descriptor;
  };
  readonly signCertificate?: {
    readonly policy: CertificatePolicy;
    readonly descriptor: Descriptor;
  };
  readonly deprecation?: Deprecation;
  /** The profile itself, for those who show it. */
  readonly profile: Profile;
}

/** Where a snapshot came from. */
export interface SnapshotSource {
  /** Absolute path of the directory. For the log and the operator, never for a caller. */
  readonly directory: string;
  /** Base name of the file. */
  readonly fileName: string;
  /** The profiles that came with this version, because none were named. */
  readonly shipped: boolean;
}

/** All profiles of one file, checked, compiled and frozen. A changed file is a new snapshot. */
export class PolicySnapshot {
  /** In the order of the file. */
  readonly policies: readonly ProfilePolicy[];
  readonly warnings: readonly ProfileWarning[];
  readonly source: SnapshotSource;
  /** SHA-256 of the file in lower-case hex. */
  readonly sha256: string;
  readonly #byName: ReadonlyMap<string, ProfilePolicy>;

  constructor(options: {
    readonly profiles: readonly Profile[];
    readonly warnings: readonly ProfileWarning[];
    readonly source: SnapshotSource;
    readonly sha256: string;
  }) {
    this.policies = deepFreeze(options.profiles.map(compilePolicy));
    this.warnings = deepFreeze([...options.warnings]);
    this.source = deepFreeze({ ...options.source });
    this.sha256 = options.sha256;
    this.#byName = new Map(this.policies.map((policy) => [policy.name, policy]));
    Object.freeze(this);
  }

  /** The policy of the profile `name`, in constant time. */
  find(name: string): ProfilePolicy | undefined {
    return this.#byName.get(name);
  }

  /** The same, or PROFILE_UNKNOWN in the original's words. */
  require(name: string): ProfilePolicy {
    const policy = this.#byName.get(name);
    if (policy === undefined) {
      throw new BrokerError(
        'PROFILE_UNKNOWN',
        `could not retrieve profile, err: there is no profile: ${printable(name)}`,
      );
    }
    return policy;
  }
}

function compilePolicy(profile: Profile): ProfilePolicy {
  const { name, hashData, signCertificate, deprecation } = profile;
  const descriptor = (operation: OperationName, algorithm: string) => ({
    profile: name,
    operation,
    algorithm,
  });
  return {
    name,
    operations: offeredOperations(profile),
    ...(hashData && {
      hashData: {
        algorithm: hashData.algorithm,
        digest: digest(hashData.algorithm),
        descriptor: descriptor('HashData', hashData.algorithm),
      },
    }),
    ...(signCertificate && {
      signCertificate: {
        policy: signCertificate.policy,
        descriptor: descriptor('SignCertificate', signCertificate.descriptorAlgorithm),
      },
    }),
    ...(deprecation && { deprecation }),
    profile,
  };
}
