import { describe, expect, it } from 'vitest';
import { mountOptions } from '../../../src/node-fips/mount-options.ts';

const TABLE = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
28 27 0:25 / /tmp rw,nosuid,noexec shared:3 - tmpfs tmpfs rw,size=4k
29 28 0:26 / /tmp/with\\040space\\134 ro,nodev - tmpfs tmpfs ro
30 27 0:27 / /over rw,noexec - tmpfs one rw
31 30 0:28 / /over rw - tmpfs two rw
`;

describe('the options of the mount that holds a path', () => {
  it.each([
    ['/var/cache', ['rw', 'relatime']],
    ['/tmp', ['rw', 'nosuid', 'noexec']],
    ['/tmp/a/b', ['rw', 'nosuid', 'noexec']],
    ['/tmpfile', ['rw', 'relatime']],
    ['/tmp/with space\\/file', ['ro', 'nodev']],
  ])('of %j are those of the longest mount point above it', (path, options) => {
    expect(mountOptions(TABLE, path)).toEqual(options);
  });

  it('are those of the mount on top when two share a directory', () => {
    expect(mountOptions(TABLE, '/over/file')).toEqual(['rw']);
  });

  it.each(['', '\n', 'garbage', '1 2 3', '1 2 3 4 5'])('are none by a table of %j', (table) => {
    expect(mountOptions(table, '/tmp')).toEqual([]);
  });
});
