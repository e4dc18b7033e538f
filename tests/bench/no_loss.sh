#!/usr/bin/env bash
# The scenario `normal` in real time while idle-priority spinners keep every core busy (the virtual CPUs of an
# idle machine wake 4 to 5 ms late). No frame may be lost in either direction, and the caller's handset must
# never run dry within an answer.
set -euo pipefail
cd "$(dirname "$0")/../.."

bin=${1:-build/release/bin}
rounds=${2:-1}
usage="usage: tests/bench/no_loss.sh [BIN [ROUNDS]]
BIN holds linecheck and linecheck-bridge"
if [[ $bin == -h || $bin == --help ]]; then
  echo "$usage"
  exit 0
fi
if [[ ! -x $bin/linecheck || ! -x $bin/linecheck-bridge ]]; then
  echo "$usage" >&2
  exit 2
fi

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# The values of all series of a metric, added up.
sum() { # FILE PATTERN
  awk -v pattern="$2" '$0 ~ pattern && $0 !~ /^#/ { sum += $NF; seen = 1 } END { print seen ? sum : "absent" }' "$1"
}

status=0
expect() { # WHAT VALUE WANTED
  printf '  %-52s %s\n' "$1" "$2"
  if [[ $2 == absent ]] || ! awk -v have="$2" -v want="$3" 'BEGIN { exit have != want }'; then
    echo "  expected $3"
    status=1
  fi
}

for ((round = 1; round <= rounds; round++)); do
  ci/awake.sh "$bin/linecheck" run --time real --keep all --out "$out/$round" scenarios/library/sound/normal.yaml || status=1
  looked_at=0
  while IFS= read -r metrics; do
    looked_at=$((looked_at + 1))
    echo "$(basename "$(dirname "$metrics")"), round $round"
    expect "audio shed by the bridge, samples" \
      "$(sum "$metrics" '^voicebridge_audio_dropped_samples_total[{].*(buffer_full|stale|late_delta|too_long)')" 0
    expect "underruns at the caller's handset" "$(sum "$metrics" '^caller_underruns_total')" 0
    expect "longest gap within an answer, s" "$(sum "$metrics" '^caller_longest_gap_seconds')" 0
    expect "caller's frames received by the bridge" "$(sum "$metrics" '^voicebridge_twilio_frames_received_total')" \
      "$(sum "$metrics" '^fake_twilio_media_sent_total')"
  done < <(find "$out/$round" -name metrics.prom | sort)
  if [[ $looked_at == 0 ]]; then
    echo "round $round: the run kept no metrics.prom to look at"
    status=1
  fi
done
exit "$status"
