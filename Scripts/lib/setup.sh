# shellcheck shell=bash
# Sourced by the other scripts: goes to the root of the project and sees to what the build needs.

cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# Both the debug and the release build of the tests reach into modules; demo and tests share one build that way.
# shellcheck disable=SC2034
release_flags=(-c release -Xswiftc -enable-testing)

command -v swift > /dev/null || fail "there is no 'swift' on the PATH; install Swift 6.3 or newer from https://swift.org/install"

# Whether the compiler finds a header, whichever way it was installed.
has_header() {
  echo "#include <$1>" | clang -E -x c - > /dev/null 2>&1
}

has_libraries() {
  if [ "$(uname)" = Darwin ]; then
    # Homebrew's folders are known to the package manager only through pkg-config.
    command -v pkg-config > /dev/null && pkg-config --exists libzstd
  else
    has_header zstd.h && has_header zlib.h
  fi
}

install_libraries() {
  if command -v apt-get > /dev/null; then
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
      command -v sudo > /dev/null ||
        fail "libzstd and zlib are missing, and there is no sudo; as root: apt-get install libzstd-dev zlib1g-dev"
      as_root=(sudo)
    fi
    echo "installing libzstd-dev and zlib1g-dev" >&2
    "${as_root[@]}" apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
      libzstd-dev zlib1g-dev >&2
  elif command -v brew > /dev/null; then
    echo "installing zstd and pkg-config" >&2
    brew install --quiet zstd pkg-config >&2
  else
    fail "libzstd and zlib are missing, and there is neither apt-get nor brew; install their development files"
  fi
}

if ! has_libraries; then
  install_libraries
  has_libraries || fail "libzstd and zlib are still not found after installing them; is clang on the PATH?"
fi
