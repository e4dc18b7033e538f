#!/usr/bin/env bash
# Shows on this machine that the line carries sound, and that each failure is named for what it is.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'TEXT'
usage: ci/run.sh

Installs what is missing, builds linecheck and linecheck-bridge into
build/release/bin, runs the scenario library in virtual time, then its smoke set
in real time: the real linecheck-bridge over real sockets, TLS to the fake
OpenAI. linecheck prints a table of scenarios, verdicts and times; the reports
(report.html) are in out/virtual and out/real, with what went over the wires,
the bridge's log, the metrics and what the caller heard (heard.wav). The exit
status is 0 when every scenario passed.
TEXT
}

case ${1-} in
  "") ;;
  -h | --help) usage; exit 0 ;;
  *) echo "ci/run.sh: unknown argument '$1'; it takes none" >&2; exit 2 ;;
esac

ci/setup.sh
echo "building build/release/bin/linecheck and linecheck-bridge"
cmake --preset release > /dev/null
cmake --build --preset release --target linecheck linecheck-bridge -- --quiet

# A finding about the bridge (1) is not to be taken for what the other half could not tell.
status=0
note() {
  if [ "$1" != 0 ] && [ "$status" != 1 ]; then status=$1; fi
}
echo
echo "== the scenario library in virtual time"
build/release/bin/linecheck run --keep all --out out/virtual || note $?
echo
echo "== the smoke set in real time: the real executable, real sockets"
ci/awake.sh build/release/bin/linecheck run --time real --tags smoke --keep all --out out/real || note $?
echo
echo "reports: out/virtual/report.html and out/real/report.html; one scenario: build/release/bin/linecheck run PATH"
exit "$status"
