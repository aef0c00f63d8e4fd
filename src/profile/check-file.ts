import { printable } from '../config/printable.ts';
import type { Path, YamlFile } from '../config/yaml/yaml-file.ts';
import { checkShape, type FileShape } from './file-shape.ts';
import { ProblemList, type ProfileProblem } from './problem.ts';
import {
  checkBasicConstraints,
  checkDeprecation,
  checkKeySizes,
  checkRepetition,
  checkSignData,
  checkValidity,
  type Section,
} from './rules.ts';

/**
 * Every rule `file` breaks, in the order of the file. A rule between values is tried wherever the values themselves are
 * right, so that one mistake does not hide the next.
 */
export function checkFile(file: YamlFile): readonly ProfileProblem[] {
  const problems = new ProblemList(file);
  const shape = checkShape(file, problems);
  const profilePaths = Array.from({ length: shape.count }, (_, index) => [
    ...shape.profilesPath,
    index,
  ]);
  for (const path of profilePaths) checkSections(shape, path, problems);
  checkNames(shape, profilePaths, problems);
  return problems.sorted();
}

/** The rules of src/profile/rules.ts and the sections they are about. */
const RULES: readonly {
  readonly path: Path;
  readonly check: (section: never, problems: ProblemList) => void;
}[] = [
  { path: ['API', 'SignCertificate', 'Validity'], check: checkValidity },
  { path: ['API', 'SignCertificate', 'KeyConstraints', 'Subject'], check: checkKeySizes },
  { path: ['API', 'SignCertificate', 'KeyConstraints', 'Issuer'], check: checkKeySizes },
  { path: ['API', 'SignCertificate', 'KeyUsage'], check: checkRepetition },
  { path: ['API', 'SignCertificate', 'ExtendedKeyUsage'], check: checkRepetition },
  { path: ['API', 'SignCertificate', 'BasicConstraints'], check: checkBasicConstraints },
  { path: ['API', 'SignData'], check: checkSignData },
  { path: ['API', 'SignData', 'KeyConstraints'], check: checkKeySizes },
  { path: ['Deprecation'], check: checkDeprecation },
];

function checkSections(shape: FileShape, profile: Path, problems: ProblemList): void {
  for (const { path, check } of RULES) {
    const section = shape.section([...profile, ...path]);
    // The schema has checked that the section is of the type its rule takes.
    if (section !== undefined) check(section as never, problems);
  }
}

/** Names are unique, and a successor is another profile of the file from which no path leads back. */
function checkNames(shape: FileShape, profilePaths: readonly Path[], problems: ProblemList): void {
  const paths = new Map<string, Path>();
  const successors = new Map<string, Section<string>>();
  for (const profile of profilePaths) {
    const name = textAt(shape, [...profile, 'Name']);
    if (name === undefined) continue;
    if (paths.has(name.value)) {
      problems.addValue(name.path, `duplicate profile name: ${printable(name.value)}`, name.value);
      continue;
    }
    paths.set(name.value, profile);
    const successor = textAt(shape, [...profile, 'Deprecation', 'ReplacedBy']);
    if (successor !== undefined) successors.set(name.value, successor);
  }
  for (const [name, { path, value }] of successors) {
    const message = paths.has(value)
      ? leadsBack(name, successors)
        ? `ReplacedBy leads back to the profile itself`
        : undefined
      : `there is no profile: ${printable(value)}`;
    if (message !== undefined) problems.addValue(path, message, value);
  }
}

function leadsBack(start: string, successors: ReadonlyMap<string, Section<string>>): boolean {
  let name = successors.get(start)?.value;
  // A longer walk than there are profiles goes round in a circle that `start` is not part of.
  for (let steps = 0; steps < successors.size && name !== undefined; steps++) {
    if (name === start) return true;
    name = successors.get(name)?.value;
  }
  return false;
}

function textAt(shape: FileShape, path: Path): Section<string> | undefined {
  return shape.section(path) as Section<string> | undefined;
}
