export { loadProfiles, PROFILE_FILE } from './load.ts';
export { parseProfiles } from './parse.ts';
export { problemLine, ProfilesError, type ProfileProblem, type ProfileWarning } from './problem.ts';
export type { Deprecation, OperationName, Profile } from './profile.ts';
export { PolicySnapshot, type Descriptor, type ProfilePolicy } from './snapshot.ts';
