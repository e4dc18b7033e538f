#!/usr/bin/env bash
# Draws docs/dashboard.png: the dashboard of metrics/dashboards as Grafana's own components show it, on a
# Prometheus that holds the scrapes of bridge.yaml.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
  cat <<'TEXT'
usage: docs/pictures/dashboard/draw.sh [--bin DIR]
       DIR: build/release/bin

Wants: npm, Chromium (CHROMIUM: where it is), prometheus, promtool, pngquant.
Works in build/pictures; writes docs/dashboard.png alone.
TEXT
}

root=$PWD/../../..
bin=$root/build/release/bin
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --bin) bin=$(realpath "$2"); shift ;;
    *) echo "draw.sh: unknown argument '$1'" >&2; exit 2 ;;
  esac
  shift
done

place=$root/build/pictures
rules=$root/metrics/alerts/slo.rules.yml
begin=1772445600       # of the scenario, in the picture: a Monday, 10:00 UTC
from=$((begin + 120))  # every rate has its minute
to=$((begin + 1425))   # and calls still come
address=127.0.0.1:${PROMETHEUS_PORT:-19090}
url=http://$address
rm -rf "$place/data" "$place/scrapes"
mkdir -p "$place/scrapes"

if ! cmp -s package-lock.json "$place/installed-lock.json"; then
  cp package.json package-lock.json .npmrc "$place/"
  (cd "$place" && npm ci --ignore-scripts --loglevel=error)
  cp package-lock.json "$place/installed-lock.json"
fi

watcher=
stop() {
  if [ -n "$watcher" ]; then kill "$watcher"; wait "$watcher" || true; fi
  watcher=
}
trap stop EXIT

# It reads blocks when it starts: hence it starts once before the recording rules, and once after them.
start() {
  echo 'global: {scrape_interval: 1h}' > "$place/prometheus.yml"
  prometheus --config.file="$place/prometheus.yml" --storage.tsdb.path="$place/data" \
    --storage.tsdb.retention.time=100y --web.listen-address="$address" 2> "$place/prometheus.log" &
  watcher=$!
  until curl -fs "$url/-/ready" > /dev/null; do
    kill -0 "$watcher" || { cat "$place/prometheus.log" >&2; exit 1; }
    sleep 0.2
  done
}

"$bin/linecheck" run --out '' --prometheus-input "$place/scrapes" bridge.yaml
python3 backfill.py "$place/scrapes/bridge.test.yml" $begin > "$place/scrapes.om"
promtool tsdb create-blocks-from openmetrics "$place/scrapes.om" "$place/data" > /dev/null
start
promtool tsdb create-blocks-from rules --url="$url" --start=$begin --end=$to --output-dir="$place/data" "$rules" \
  2> "$place/rules.log"
stop
start

cp ./*.js ./*.jsx "$place/"  # node looks for packages beside a module's real path
# In virtual time there is no process: nothing is known of its CPU and memory.
node "$place/draw.js" "$root/metrics/dashboards/linecheck.json" "$url" $from $to "$place/dashboard.png" 'The process'
pngquant --quality 70-95 --strip --force --output "$root/docs/dashboard.png" "$place/dashboard.png"
