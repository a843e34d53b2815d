# Sees to it that what the scripts need is there. To be sourced by bash scripts.
#
#   ensure_packages GROUP...   installs the Debian packages of these groups that are missing
#   ensure_registry            sets DOCKER_REGISTRY to the path of the registry program
#   ensure_containerd          sees to containerd for tools/testnode
#   ensure_promtool            sets PROMTOOL to the path of Prometheus' own checker
#
# Nothing is asked, nothing is downloaded when nothing is missing. Names that differ between releases of Debian
# stand as @WORD@ below: setup_names has them.

# Group | Debian package | what makes it unnecessary, beside the package itself | what it is for.
SETUP_PACKAGES='
build  | @GXX@                 |                     | the compiler of the release build
build  | cmake                 |                     | the build
build  | ninja-build           |                     | the build
build  | ccache                |                     | a second build in seconds
build  | libcaf-dev            |                     | CAF 0.17, the actor framework
build  | libboost@BOOST@-dev   |                     | Boost: the headers of JSON, URL, Asio and Beast
build  | libboost-json@BOOST@-dev|                     | Boost.JSON
build  | libboost-url@BOOST@-dev|                     | Boost.URL
build  | libboost-test@BOOST@-dev|                     | Boost.Test, for the unit tests
build  | libcurl4-openssl-dev  |                     | libcurl, the HTTP client
build  | libssl-dev            |                     | OpenSSL: signatures, TLS of the simulated cloud
build  | libyaml-cpp-dev       |                     | yaml-cpp, to read configurations and kubeconfigs
build  | libspdlog-dev         |                     | spdlog, the log
build  | libcli11-dev          |                     | CLI11, the command line
build  | libmimalloc-dev       |                     | mimalloc, the allocator of the fault lab
python | python3               | command -v python3  | the end-to-end tests and the demo
python | python3-venv          | python3 -c ensurepip| their packages, in build/venv only
e2e    | skopeo                | command -v skopeo   | a real image client: it pulls with the credentials
e2e    | iproute2              | command -v ip       | a network namespace where the cloud has its real names
e2e    | util-linux            | command -v unshare  | the same
e2e    | openssl               | command -v openssl  | tokens of a managed role, encrypted as Container Service does
image  | binutils              | command -v strip    | the program in the image is stripped
image  | ca-certificates       |                     | the roots that the image trusts
image  | python3               | command -v python3  | the image is written by a script
ship   | umoci                 | command -v umoci    | unpacks the image as a runtime wants it
ship   | runc                  | command -v runc     | runs the image
ship   | zsh                   | command -v zsh      | reads the completion made for it
ship   | fish                  | command -v fish     | the same
ship   | man-db                | command -v man      | reads the manual page
ship   | chromium              | command -v chromium | a browser that shows the status page
ship   | chromium-driver       | command -v chromedriver| drives it
kubelet| runc                  | command -v runc     | runs the containers of a real node
kubelet| containernetworking-plugins| test -x /usr/lib/cni/bridge| the network of its Pods
kubelet| iproute2              | command -v ip       | the same
kubelet| util-linux            | command -v unshare  | keeps what the node does to itself
kubelet| skopeo                | command -v skopeo   | fills the registry that it pulls from
checks | clang-@CLANG@         |                     | the second compiler, and the sanitizers
checks | libclang-rt-@CLANG@-dev|                     | the run-time part of the sanitizers
form   | clang-tidy-14         |                     | static analysis
form   | clang-format-14       |                     | the format of the sources
form   | shellcheck            | command -v shellcheck| static analysis of the scripts
bench  | gnuplot-nox           | command -v gnuplot  | plots of measurements
sdk    | nodejs                | command -v node     | the official SDK for Node.js, against the simulated cloud
sdk    | npm                   | command -v npm      | the same
'

setup_say() { echo "set-up: $*" >&2; }

# setup_release: prints the release of Debian; nothing if this is another system.
setup_release() {
  # shellcheck disable=SC1090,SC1091
  (. "${SETUP_OS_RELEASE:-/etc/os-release}" 2>/dev/null && [[ "$ID" == debian ]] && echo "$VERSION_ID")
}

# setup_names RELEASE: the table of packages with the names of that release; fails for one that is not supported.
setup_names() {
  local gxx boost clang
  case "$1" in
    12) gxx=g++-12 boost=1.81 clang=14 ;;
    13) gxx=g++-14 boost=1.83 clang=19 ;;
    *) return 1 ;;
  esac
  sed "s/@GXX@/$gxx/; s/@BOOST@/$boost/; s/@CLANG@/$clang/" <<<"$SETUP_PACKAGES"
}

# missing_packages GROUP...: prints "package|reason" for each that is neither installed nor unnecessary.
missing_packages() {
  local installed group package probe reason table
  table="$(setup_names "$(setup_release)")" || table="$(setup_names 12)"
  installed="$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p')"
  while IFS='|' read -r group package probe reason; do
    read -r group <<<"$group"
    read -r package <<<"$package"
    read -r probe <<<"$probe"
    read -r reason <<<"$reason"
    [[ -n "$group" && " $* " == *" $group "* ]] || continue
    grep -qx -F "$package" <<<"$installed" && continue
    [[ -n "$probe" ]] && sh -c "$probe" >/dev/null 2>&1 && continue
    echo "$package|$reason"
  done <<<"$table"
}

# as_root COMMAND...: runs it as root, or says that it cannot.
as_root() {
  if [[ "$(id -u)" == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    if [[ -t 0 ]]; then sudo "$@"; else sudo -n "$@"; fi
  else
    setup_say "neither root nor sudo; run as root: $*"
    return 1
  fi
}

# ensure_packages GROUP...: returns 1, having said what is missing, if it could not be installed.
ensure_packages() {
  local missing names
  missing="$(missing_packages "$@")"
  [[ -z "$missing" ]] && return 0
  setup_say "Debian packages are missing:"
  while IFS='|' read -r package reason; do
    printf '  %-24s %s\n' "$package" "$reason" >&2
  done <<<"$missing"
  if ! setup_names "$(setup_release)" >/dev/null || ! command -v apt-get >/dev/null; then
    setup_say "this is neither Debian 12 nor 13, on which this project is built: install the like of them"
    return 1
  fi
  setup_say "installing them with apt-get"
  mapfile -t names < <(cut -d '|' -f 1 <<<"$missing")
  if ! as_root apt-get update -q </dev/null >&2; then
    setup_say "apt-get update failed; trying with the package lists that are there"
  fi
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${names[@]}" </dev/null >&2 || return 1
  missing="$(missing_packages "$@")"
  if [[ -n "$missing" ]]; then
    setup_say "still missing: $(cut -d '|' -f 1 <<<"$missing" | tr '\n' ' ')"
    return 1
  fi
}

# fetched_program NAME PACKAGE WHAT: prints the path of a program, of the machine or out of Debian's package
# alone. Installing the package would also install and start a service of the machine, which nobody asked for.
fetched_program() {
  local name="$1" package="$2" what="$3" folder
  folder="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/tools/debian"
  command -v "$name" && return 0
  if [[ ! -x "$folder/usr/bin/$name" ]]; then
    setup_say "fetching Debian's $package into $folder ($what; not installed)"
    mkdir -p "$folder"
    (
      cd "$folder" || exit 1
      rm -f ./*.deb
      if ! apt-get download -q "$package" >&2; then
        as_root apt-get update -q </dev/null >&2
        apt-get download -q "$package" >&2 || exit 1
      fi
      dpkg -x ./"$package"_*.deb . && rm -f ./*.deb
    ) || { setup_say "cannot fetch $package"; return 1; }
  fi
  echo "$folder/usr/bin/$name"
}

ensure_registry() {
  DOCKER_REGISTRY="$(fetched_program docker-registry docker-registry 'a real registry to pull from')"
}

ensure_promtool() {
  local package=prometheus
  apt-cache show promtool >/dev/null 2>&1 && package=promtool # a package of its own since Debian 13
  PROMTOOL="$(fetched_program promtool "$package" 'it judges metrics and tests alert rules')"
}

# tools/testnode finds it there.
ensure_containerd() {
  fetched_program containerd containerd 'the container runtime of a real node' >/dev/null
}
