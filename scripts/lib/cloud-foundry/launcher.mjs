// What Cloud Foundry does to start a process of a droplet.

/** Where a droplet is, and as whom it runs. */
export const HOME = '/home/vcap/app';
const TMPDIR = '/home/vcap/tmp';
export const VCAP_UID = 2000;

/**
 * The sequence of the launcher (cloudfoundry/buildpackapplifecycle, launcher/launcher_unix.go), for `bash -c`: $1 is the
 * application's directory, $2 the command.
 */
export const LAUNCHER = `
cd "$1" || exit
for dir in ../profile.d .profile.d; do
  if [ -n "$(ls "$dir" 2>/dev/null)" ]; then
    for file in "$dir"/*; do source "$file"; done
  fi
done
if [ -f .profile ]; then source .profile; fi
exec bash -c "$2"
`;

/**
 * The environment of a process, as far as it matters here.
 * @param {object} options
 * @param {number} options.memoryMib what is this process's own: the Cloud Controller takes what sidecars have off the
 *   application's, and tells each sidecar its part (lib/cloud_controller/diego/environment.rb)
 * @param {number} options.port
 * @param {Record<string, string>} [options.env] of the manifest
 * @returns {Record<string, string>}
 */
export function processEnvironment({ memoryMib, port, env = {} }) {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'en_US.UTF-8',
    USER: 'vcap',
    HOME,
    TMPDIR,
    DEPS_DIR: '/home/vcap/deps',
    PORT: String(port),
    MEMORY_LIMIT: `${memoryMib}m`,
    CF_INSTANCE_INDEX: '0',
    CF_INSTANCE_GUID: '0f1b9a0e-5d1b-4c67-6c2d-3a5f',
    CF_INSTANCE_INTERNAL_IP: '127.0.0.1',
    VCAP_APPLICATION: JSON.stringify({
      application_id: '7a2c1d3e-9f40-4b7e-8f51-2d6b0c9e4a13',
      application_name: 'example',
      limits: { mem: memoryMib },
    }),
    VCAP_SERVICES: '{}',
    ...env,
  };
}
