export { loadProfiles, PROFILE_FILE, type LoadProfilesOptions } from './load.ts';
export { parseProfiles, type ParsedProfiles } from './parse.ts';
export { problemLine, ProfilesError, type ProfileProblem, type ProfileWarning } from './problem.ts';
export {
  OPERATIONS,
  type CertificateProfile,
  type Deprecation,
  type EncryptionProfile,
  type HashProfile,
  type OperationName,
  type Profile,
  type SigningProfile,
} from './profile.ts';
export {
  PolicySnapshot,
  type Descriptor,
  type ProfilePolicy,
  type SnapshotSource,
} from './snapshot.ts';
