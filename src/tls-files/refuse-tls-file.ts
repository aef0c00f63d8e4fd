/** What a PEM file holds. */
export type TlsFileKind = 'certificate' | 'key' | 'CA';

/** Makes an error of what is wrong with a file: `problem` goes on after "the … file". It never holds a path. */
export type RefuseTlsFile = (kind: TlsFileKind, problem: string, cause?: unknown) => Error;
