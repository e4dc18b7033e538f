#!/usr/bin/env bash
# Installs the Debian packages of ci/packages.txt that this machine misses.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'TEXT'
usage: ci/setup.sh [--lint] [--tidy] [--fuzz] [--list]

Installs what is missing of the Debian packages that linecheck is built, run and
tested with, and says what. Does nothing, quickly, when nothing is missing.
Needs root, or a user who may use sudo.

  --lint   also clang-format and shellcheck
  --tidy   also clang-tidy
  --fuzz   also clang with libFuzzer
  --list   only print what is missing
TEXT
}

groups="build test"
list=false
for argument in "$@"; do
  case $argument in
    --lint | --tidy | --fuzz) groups="$groups ${argument#--}" ;;
    --list) list=true ;;
    -h | --help) usage; exit 0 ;;
    *) echo "ci/setup.sh: unknown argument '$argument'" >&2; usage >&2; exit 2 ;;
  esac
done

if ! command -v dpkg-query > /dev/null; then
  echo "ci/setup.sh: this is not Debian (no dpkg-query). Install what ci/packages.txt lists by hand." >&2
  exit 1
fi

wanted=$(awk -v groups=" $groups " '!/^#/ && NF { if (index(groups, " " $2 " ")) print $1 }' ci/packages.txt)
# shellcheck disable=SC2016,SC2086  # dpkg-query's own ${...}; the names are words
installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $wanted 2> /dev/null |
  awk '$1 == "ii" {print $2}' || true)
missing=$(comm -23 <(sort -u <<< "$wanted") <(sort -u <<< "$installed"))
# Other people's nodejs packages contain npm, and Debian's cannot be installed beside them.
if command -v npm > /dev/null; then missing=$(sed '/^npm$/d' <<< "$missing"); fi

if [ -z "$missing" ]; then
  $list || echo "setup: all $(wc -l <<< "$wanted") packages are installed"
  exit 0
fi
if $list; then
  echo "$missing"
  exit 0
fi

if [ "$(id -u)" = 0 ]; then
  as_root=()
elif command -v sudo > /dev/null; then
  as_root=(sudo)
else
  echo "setup: these packages are missing, and installing them needs root or sudo:" >&2
  echo "$missing" >&2
  exit 1
fi

# shellcheck disable=SC2086  # one word a line
echo "setup: installing" $missing

# A package's service (Prometheus brings one, on port 9090) is not wanted here: only its programs are.
guard=/usr/sbin/policy-rc.d
guarded=false
if [ ! -e $guard ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $guard > /dev/null
  "${as_root[@]}" chmod 755 $guard
  guarded=true
fi
unguard() { if $guarded; then "${as_root[@]}" rm -f $guard; fi; }
trap unguard EXIT

"${as_root[@]}" apt-get -q update
# shellcheck disable=SC2086
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends $missing
echo "setup: done"
