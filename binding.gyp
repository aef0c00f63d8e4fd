# The addon's build of record: `npm run setup` calls node-gyp with it. openssl_dir and nghttp2_dir hold include/ and lib/
# of our own builds (scripts/build-deps.mjs).
{
  'variables': {
    'openssl_dir%': '',
    'nghttp2_dir%': '',
    # 1: instrument native/binding for line coverage (gcov), and take the object files of everything else from addon_objects,
    # where an earlier build has left them. Not called coverage: Node's own settings have a variable of that name.
    'native_coverage%': 0,
    'addon_objects%': '',
  },
  'targets': [
    {
      'target_name': 'cryptobroker',
      # Every file of these folders: a new one need not be named here.
      'sources': ['<!@(find native/binding -name "*.cc" | LC_ALL=C sort)'],
      # Node's folders hold openssl/*.h of Node's own OpenSSL and would come first: the addon would be compiled against
      # another version than it is linked with. Node-API's headers come from a package of their own instead.
      'include_dirs!': [
        '<(node_root_dir)/include/node',
        '<(node_root_dir)/src',
        '<(node_root_dir)/deps/openssl/config',
        '<(node_root_dir)/deps/openssl/openssl/include',
        '<(node_root_dir)/deps/uv/include',
        '<(node_root_dir)/deps/zlib',
        '<(node_root_dir)/deps/v8/include',
      ],
      'include_dirs': ['.'],
      'defines': [
        'NAPI_VERSION=9',
        'NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS',
        # An error that cannot be thrown because the environment is ending must not end the process.
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
      ],
      'cflags!': ['-O3', '-Wno-unused-parameter'],
      'cflags': [
        '-O2',
        '-fPIC',
        '-fvisibility=hidden',
        '-fstack-protector-strong',
        '-ffunction-sections',
        '-fdata-sections',
        '-Wall',
        '-Wextra',
        '-Werror',
      ],
      # Node's settings name the standard its own headers need; ours may be newer.
      'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
      'cflags_cc': [
        '-std=c++20',
        '-fno-exceptions',
        '-fno-rtti',
        # Headers of others, whose warnings are not ours to correct.
        '-isystem', '<(openssl_dir)/include',
        '-isystem', '<(nghttp2_dir)/include',
        '-isystem', '<(module_root_dir)/node_modules/node-addon-api',
        '-isystem', '<(module_root_dir)/node_modules/node-api-headers/include',
      ],
      'libraries': [
        '<(nghttp2_dir)/lib/libnghttp2.a',
        '<(openssl_dir)/lib/libcrypto.a',
        '-ldl',
        '-lpthread',
      ],
      'ldflags': [
        # Our OpenSSL and nghttp2 must neither be replaced by Node's nor be seen by anybody.
        '-Wl,--exclude-libs,ALL',
        '-Wl,-Bsymbolic',
        '-Wl,--version-script=<(module_root_dir)/native/exports.map',
        '-Wl,-z,now',
        '-Wl,-z,relro',
        '-Wl,-z,noexecstack',
        '-Wl,--gc-sections',
        # A worker thread that ends would unload the addon while OpenSSL's thread-exit handlers still point into it.
        '-Wl,-z,nodelete',
      ],
      'conditions': [
        ['native_coverage==1', {
          'cflags!': ['-O2'],
          'cflags': ['-O0', '--coverage'],
          # Among the flags, which come before the libraries: behind libcrypto.a they would get Node's OpenSSL instead of ours.
          'ldflags': [
            '--coverage',
            '<!@(find <(addon_objects) -name "*.o" -not -path "*/binding/*" | LC_ALL=C sort)',
          ],
        }, {
          'sources': [
            '<!@(find native/broker native/crypto native/dataplane native/http2 native/rpc -name "*.cc" | LC_ALL=C sort)',
          ],
          # Needs optimization.
          'defines': ['_FORTIFY_SOURCE=3'],
        }],
      ],
    },
  ],
}
