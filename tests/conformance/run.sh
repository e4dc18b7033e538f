#!/usr/bin/env bash
# Runs the providers' own libraries, unmodified, against the fakes and the bridge.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'TEXT'
usage: tests/conformance/run.sh [--bin DIR] [SUITE...]
       default: every suite; DIR: build/release/bin

Suites are the folders of tests/conformance. Packages are installed, and the
suites run, in build/conformance; nothing is written to the source tree. Node 22
comes from npm where the system's is older. Exit status: 0 all passed, 1
something failed, 2 wrong usage.
TEXT
}

bin=build/release/bin
suites=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --bin) bin=$2; shift ;;
    -*) echo "run.sh: unknown option '$1'" >&2; exit 2 ;;
    *)
      if ! compgen -G "tests/conformance/$1/*.test.js" > /dev/null; then
        echo "run.sh: no suite '$1': tests/conformance/$1 has no *.test.js" >&2
        exit 2
      fi
      suites+=("$1")
      ;;
  esac
  shift
done
if [ ${#suites[@]} = 0 ]; then
  for folder in tests/conformance/*/; do
    if compgen -G "$folder*.test.js" > /dev/null; then suites+=("$(basename "$folder")"); fi
  done
fi

if [ ! -x "$bin/linecheck" ]; then
  echo "run.sh: there is no $bin/linecheck: build it, or name another folder with --bin" >&2
  exit 2
fi

place=build/conformance
mkdir -p $place
if ! cmp -s tests/conformance/package-lock.json $place/installed-lock.json; then
  cp tests/conformance/package.json tests/conformance/package-lock.json tests/conformance/.npmrc $place/
  (cd $place && npm ci --ignore-scripts --loglevel=error)
  cp tests/conformance/package-lock.json $place/installed-lock.json
fi
# The sources are copied, because node looks for packages beside a module's real path.
find $place -mindepth 1 -maxdepth 1 -type d ! -name node_modules -exec rm -rf {} +
cp -r tests/conformance/*/ tests/conformance/*.js $place/
cp -r docs/examples $place/

node=node
if [ "$(node -p 'parseInt(process.versions.node)' 2> /dev/null || echo 0)" -lt 22 ]; then
  node=$(find "$PWD/$place"/node_modules/node-linux-*/bin/node -print -quit)
fi
LINECHECK_BIN=$(realpath "$bin")
LINECHECK_ROOT=$PWD
export LINECHECK_BIN LINECHECK_ROOT
tests=()
for suite in "${suites[@]}"; do
  for file in "$place/$suite"/*.test.js; do tests+=("$file"); done
done
# A test that goes astray must not take the machine with it.
export NODE_OPTIONS="--max-old-space-size=2048 ${NODE_OPTIONS:-}"
# Calls in real time mostly wait: five files at once keep two cores half busy.
exec "$node" --test --test-reporter=spec --test-concurrency=5 --test-timeout=400000 "${tests[@]}"
