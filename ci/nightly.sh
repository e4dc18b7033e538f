#!/usr/bin/env bash
# What takes too long for ci/test.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'TEXT'
usage: ci/nightly.sh [STEP...]
       default: all of these but sweep

  test    ci/test.sh for release and for asan, every test in both
  ubsan   the tests and the library with all of UBSan's checks
  tsan    the tests and the library under ThreadSanitizer
  tidy    clang-tidy over every source file
  fuzz    every fuzz target for FUZZ_MINUTES (default 5); what crashes is kept
          in tests/fuzz/crashes
  seeds   the library in virtual time under SEEDS seeds (default 200)
  sweep   SWEEP scenarios made up at random (default 2000), with failures of
          the line and of OpenAI that meet by chance: is the verdict the truth;
          other ones every day; only where it is named: on about four in a
          thousand the two still disagree
  real    everything that can run in real time, not the smoke set alone
  loss    no frame is lost in either direction in real time, five calls
  calls   memory and descriptors of the bridge come back after 1,000 calls
  mutants each verdict disabled in turn, and each expectation of the library
          turned round: some scenario must turn red

All steps are tried; the last line names those that failed.
TEXT
}

test_all() { ci/test.sh release && ci/test.sh asan; }

ubsan() { ci/test.sh ubsan; }

tsan() { ci/test.sh tsan; }

tidy() {
  cmake --preset debug
  # Files that are generated at build time are not ours to tidy.
  find bridge metrics runtime scenarios simulators tests -name '*.cpp' -print0 | sort -z |
    xargs -0 -n 4 -P "$(nproc)" clang-tidy --quiet -p build/debug
}

fuzz() {
  cmake --preset fuzz
  cmake --build --preset fuzz
  local target name seconds=$((${FUZZ_MINUTES:-5} * 60)) failed=0
  mkdir -p tests/fuzz/crashes
  for target in build/fuzz/bin/*_fuzz; do
    name=$(basename "$target" _fuzz)
    echo "== $name, $seconds s"
    mkdir -p "build/fuzz/corpus/$name" "tests/fuzz/crashes/$name"
    "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
      -artifact_prefix="tests/fuzz/crashes/$name/" "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name" ||
      failed=1
    rmdir --ignore-fail-on-non-empty "tests/fuzz/crashes/$name"
  done
  return $failed
}

release() {
  cmake --preset release
  cmake --build --preset release --target linecheck linecheck-bridge
}

seeds() {
  release
  local seed failed=0
  for seed in $(seq 1 "${SEEDS:-200}"); do
    if ! build/release/bin/linecheck run --seed "$seed" > build/seed.log; then
      echo "seed $seed:"
      cat build/seed.log
      failed=1
    fi
  done
  return $failed
}

sweep() {
  release
  python3 ci/verdict_sweep.py build/release/bin/linecheck "${SWEEP:-2000}" "$(date +%Y%m%d)"
}

real() {
  release
  build/release/bin/linecheck run --time real --out out/nightly
}

loss() {
  release
  tests/bench/no_loss.sh build/release/bin 5
}

calls() {
  release
  python3 tests/operation/thousand_calls_test.py build/release/bin
}

mutants() {
  release
  python3 tests/cli/library_can_fail_test.py build/release/bin/linecheck
  python3 ci/verdict_mutants.py
}

steps=()
for argument in "$@"; do
  case $argument in
    -h | --help) usage; exit 0 ;;
    test | ubsan | tsan | tidy | fuzz | seeds | sweep | real | loss | calls | mutants) steps+=("$argument") ;;
    *) echo "ci/nightly.sh: unknown step '$argument'" >&2; usage >&2; exit 2 ;;
  esac
done
if [ ${#steps[@]} = 0 ]; then steps=(test ubsan tsan tidy fuzz seeds real loss calls mutants); fi

ci/setup.sh --lint --tidy --fuzz
failed=()
for step in "${steps[@]}"; do
  echo "=== $step"
  command=$step
  if [ "$step" = test ]; then command=test_all; fi
  # Not in a condition: there bash would not stop a function at its first failing command.
  set +e
  (set -e; "$command")
  status=$?
  set -e
  if [ $status != 0 ]; then failed+=("$step"); fi
done
echo "${#steps[@]} steps, ${#failed[@]} failed${failed[*]:+: ${failed[*]}}"
[ ${#failed[@]} = 0 ]
