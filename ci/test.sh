#!/usr/bin/env bash
# Everything that must hold before a change goes in.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'TEXT'
usage: ci/test.sh [PRESET...]          default: release asan

Installs what is missing, keeps the house's rules (lint, formatting, scripts),
then for each preset configures, builds, runs the tests and the scenario
library, a further preset down to the bytes alone; last compares the journals
of one seed between presets, runs the smoke set in real time, installs the
release build and packages it. Beside another preset, release runs the tests of
the programs alone: the unit tests run where the sanitizers watch them. Logs are
in build/test-logs. The last line counts; the exit status is 1 when anything
failed.
TEXT
}

presets=()
for argument in "$@"; do
  case $argument in
    -h | --help) usage; exit 0 ;;
    release | debug | asan | ubsan | tsan) presets+=("$argument") ;;
    *) echo "ci/test.sh: unknown preset '$argument'; there are release, debug, asan, ubsan and tsan" >&2; exit 2 ;;
  esac
done
if [ ${#presets[@]} = 0 ]; then presets=(release asan); fi

took=0 library_took=0
jobs=$(nproc)
logs=build/test-logs
rm -rf $logs
mkdir -p $logs
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0 failures=() ok=true log=

# check NAME COMMAND...: one countable line; what the command wrote is shown when it failed. Sets ok, and
# took, in seconds.
# Never called in a condition: there bash would not stop a function at its first failing command.
check() {
  local name=$1 status start=$SECONDS
  log="$logs/$(tr -cs 'a-z0-9\n' - <<< "$1").log"
  shift
  set +e
  (set -e; "$@") > "$log" 2>&1
  status=$?
  set -e
  took=$((SECONDS - start))
  if [ $status = 0 ]; then
    ok=true passed=$((passed + 1))
    echo "ok     $name ($took s)"
  else
    ok=false failed=$((failed + 1))
    failures+=("$name")
    echo "FAILED $name ($took s): $log"
    tail -n 60 "$log"
  fi
}

# Of each suite that came to its end: GoogleTest's own line, and the number in it.
suites() { grep -ac "^\[  $1  \] [0-9]* tests\?$2" "$3" || true; }
cases() { sed -n "s/^\[  $1  \] \([0-9]*\) tests\?$2.*/\1/p" "$3" | awk '{sum += $1} END {print sum + 0}'; }

# Adds ctest's own count, and in place of suites the cases in them, so that the last line counts tests and not
# steps.
count_ctest() {
  local total bad output="build/$1/Testing/Temporary/LastTest.log"
  total=$(sed -n 's/.*tests passed, [0-9]* tests failed out of \([0-9]*\).*/\1/p' "$log")
  bad=$(sed -n 's/.*tests passed, \([0-9]*\) tests failed out of [0-9]*.*/\1/p' "$log")
  if [ -z "$total" ]; then return; fi
  if [ "$bad" = 0 ]; then passed=$((passed - 1)); else failed=$((failed - 1)); fi
  local red whole
  whole=$(suites PASSED '\.' "$output")
  red=$(suites FAILED ', listed below' "$output")
  passed=$((passed + total - bad - (whole - red) + $(cases PASSED '\.' "$output")))
  failed=$((failed + bad - red + $(cases FAILED ', listed below' "$output")))
}

formatted() {
  find bridge metrics runtime scenarios simulators tests -name '*.[ch]pp' -print0 |
    xargs -0 clang-format --dry-run -Werror
}

programs_alone() {
  [[ $1 = release && ${#presets[@]} -gt 1 ]]
}

build() {
  local target=all
  if programs_alone "$1"; then target=programs; fi
  cmake --preset "$1" && cmake --build "build/$1" --parallel "$jobs" --target $target
}

run_tests() {
  local which=()
  if programs_alone "$1"; then which=(--label-regex programs); fi
  # One more than there are processors: some tests wait most of their time, for what happens in real time.
  ctest --preset "$1" --parallel $((jobs + 1)) --output-on-failure "${which[@]}"
}

# A fault or an event of the bridge that never came makes a scenario say nothing of what it is about.
run_library() {
  local preset=$1
  "build/$preset/bin/linecheck" run --seed 1 --journal "$scratch/$preset.journal" --out "$scratch/library"
  if grep -E 'never (struck|happened)' "$scratch/library/results.json"; then return 1; fi
}

# Again in virtual time, with the real HTTP and WebSocket code over simulated byte streams.
run_bytes() {
  "build/$1/bin/linecheck" run --level byte --seed 1 --journal "$scratch/$1.bytes"
}

same_bytes() {
  cmp "$scratch/$1.bytes" "$scratch/$2.bytes"
}

# What a run leaves behind is the same to the byte, for one seed.
again() {
  "build/$1/bin/linecheck" run --seed 1 --journal "$scratch/$1.again.journal" > /dev/null
  cmp "$scratch/$1.journal" "$scratch/$1.again.journal"
}

# The same journal again, also from another place.
installed() {
  cmake --install build/release --prefix "$scratch/prefix"
  "$scratch/prefix/bin/linecheck" --version
  "$scratch/prefix/bin/linecheck-bridge" --version
  (cd "$scratch" && "$scratch/prefix/bin/linecheck" run --seed 1 --journal "$scratch/installed.journal")
  cmp "$scratch/release.journal" "$scratch/installed.journal"
}

packaged() {
  local contents root="$scratch/root" file
  (cd build/release && cpack -G DEB -B "$scratch/package")
  contents=$(dpkg-deb --contents "$scratch"/package/*.deb)
  dpkg-deb --info "$scratch"/package/*.deb
  echo "$contents"
  for file in usr/bin/linecheck usr/bin/linecheck-bridge usr/share/linecheck/schema/scenario.schema.json \
    usr/share/linecheck/library/sound/normal.yaml usr/share/linecheck/alerts/legs.rules.yml \
    usr/lib/systemd/system/linecheck-bridge.service \
    usr/share/doc/linecheck/README.md usr/share/doc/linecheck/docs/linecheck-bridge.example.yaml; do
    if ! grep -q "\./$file\$" <<< "$contents"; then
      echo "not in the package: $file"
      return 1
    fi
  done
  dpkg-deb --extract "$scratch"/package/*.deb "$root"
  "$root/usr/bin/linecheck-bridge" --version
  "$root/usr/bin/linecheck" run --seed 1 "$root/usr/share/linecheck/library/sound" > /dev/null
}

conformance() {
  ci/awake.sh tests/conformance/run.sh --bin "build/$1/bin"
}

# On a busy machine what is about time is not judged (exit 3), which says nothing about the change. Exit 3 is
# also that a scenario could not be run, that nothing was judged or that the report could not be written.
smoke() {
  local status=0 results="$scratch/smoke/results.json"
  ci/awake.sh "build/$1/bin/linecheck" run --time real --tags smoke --out "$scratch/smoke" || status=$?
  if [ $status != 3 ]; then return $status; fi
  grep -q '^ "failed": 0,$' "$results" && grep -q '^ "broken": 0,$' "$results" &&
    ! grep -q '^ "inconclusive": 0,$' "$results"
}

ci/setup.sh --lint
check "lint" python3 ci/lint.py
check "lint's own tests" python3 ci/lint_test.py
check "formatting" formatted
check "scripts" shellcheck ci/*.sh tests/conformance/run.sh .ci/run

for preset in "${presets[@]}"; do
  check "$preset: build" build "$preset"
  $ok || continue
  check "$preset: tests" run_tests "$preset"
  count_ctest "$preset"
  # Whole messages in place of bytes are what sanitizers see of the tests under label sim already. And a later
  # preset's journal is compared with the first one's, which says more than comparing it with its own.
  if [ "$preset" = "${presets[0]}" ]; then
    check "$preset: library" run_library "$preset"
    if [ "$preset" = release ]; then library_took=$took; fi
    # For release the installed program does that, below.
    if [ "$preset" != release ]; then check "$preset: same journal again" again "$preset"; fi
  fi
  check "$preset: library at byte level" run_bytes "$preset"
done

first=${presets[0]}
for preset in "${presets[@]:1}"; do
  check "same journal in $first and $preset" same_bytes "$first" "$preset"
done
if [[ " ${presets[*]} " == *" release "* && -x build/release/bin/linecheck ]]; then
  check "release: smoke in real time" smoke release
  # Meant to be under a minute on 2 cores. A machine that has other work takes longer: no test asks for it.
  echo "       the library in virtual time and the smoke set in real time took $((library_took + took)) s in all"
  check "release: conformance" conformance release
  check "install" installed
  check "package" packaged
fi

for name in "${failures[@]}"; do echo "failed: $name"; done
echo "$passed passed, $failed failed ($((SECONDS / 60)) min $((SECONDS % 60)) s)"
[ "$failed" = 0 ]
