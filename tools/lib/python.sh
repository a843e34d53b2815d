# The Python of the end-to-end tests: a virtual environment in build/venv. To be sourced by bash scripts.

# ensure_python: sets PYTHON to an interpreter that has the packages of tests/e2e/requirements.txt.
ensure_python() {
  local root venv requirements stamp
  root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
  venv="$root/build/venv"
  requirements="$root/tests/e2e/requirements.txt"
  PYTHON="$venv/bin/python"
  # The path is part of it: a moved virtual environment does not work.
  stamp="$venv $(sha256sum <"$requirements")"
  if [[ -x "$PYTHON" && "$(cat "$venv/.stamp" 2>/dev/null)" == "$stamp" ]]; then
    return 0
  fi
  echo "set-up: Python packages of tests/e2e/requirements.txt into $venv" >&2
  rm -rf "$venv"
  mkdir -p "$root/build"
  python3 -m venv "$venv" >&2 || return 1
  "$PYTHON" -m pip install --quiet --disable-pip-version-check --no-deps -r "$requirements" >&2 || return 1
  echo "$stamp" >"$venv/.stamp"
}
