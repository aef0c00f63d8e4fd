/**
 * The options that the file system at `path` is mounted with, by the text of /proc/self/mountinfo (proc_pid_mountinfo(5)).
 * `path` is absolute and has no symbolic links. Empty when no mount holds it.
 */
export function mountOptions(mountinfo: string, path: string): readonly string[] {
  let longest = '';
  let options: readonly string[] = [];
  for (const line of mountinfo.split('\n')) {
    const [, , , , escaped, listed] = line.split(' ');
    if (escaped === undefined || listed === undefined) continue;
    const point = unescaped(escaped);
    // The later of two mounts on one directory lies over the earlier one.
    if (point.length >= longest.length && isBelow(path, point)) {
      longest = point;
      options = listed.split(',');
    }
  }
  return options;
}

function isBelow(path: string, point: string): boolean {
  return point === '/' || path === point || path.startsWith(`${point}/`);
}

/** Space, tab, newline and backslash are written in octal. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
