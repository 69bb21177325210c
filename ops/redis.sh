#!/usr/bin/env bash
# A throw-away Redis for tests: nothing kept, on a free port of the loopback interface.
#
#   ops/redis.sh start [STATE [PID]]   starts it, unless it runs, and prints its address (host:port);
#                                      with PID it also stops by itself once that process has ended
#   ops/redis.sh stop [STATE]          stops it
#
# STATE is a file that remembers where it is (default: artifacts/redis.state). Everything else is written to stderr.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

state=${2:-artifacts/redis.state}

alive() { [ -n "${1:-}" ] && kill -0 "$1" 2>/dev/null; }

start() {
  local dir port pid attempt
  if [ -f "$state" ]; then
    read -r pid dir port <"$state"
    if alive "$pid"; then echo "127.0.0.1:$port"; return; fi
    rm -rf "$state" "$dir"
  fi
  apt_install redis-server redis-server
  dir=$(mktemp -d "${TMPDIR:-/tmp}/gateway-redis.XXXXXX")
  port=$(free_port)
  redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no --dir "$dir" --daemonize yes \
    --pidfile "$dir/pid" --logfile "$dir/log" >&2
  for attempt in {1..100}; do
    if [ -s "$dir/pid" ] && port_taken "$port"; then break; fi
    if [ "$attempt" = 100 ]; then
      tail -n 5 "$dir/log" >&2 || true
      rm -rf "$dir"
      die "redis-server did not start"
    fi
    sleep 0.1
  done
  mkdir -p "$(dirname "$state")"
  echo "$(<"$dir/pid") $dir $port" >"$state"
  echo "127.0.0.1:$port"
}

stop() {
  local pid dir _
  [ -f "$state" ] || return 0
  read -r pid dir _ <"$state"
  rm -f "$state"
  if alive "$pid"; then kill -TERM "$pid" 2>/dev/null || true; fi
  for _ in $(seq 100); do alive "$pid" || break; sleep 0.05; done
  rm -rf "$dir"
}

watch() {
  local mine
  trap '' INT HUP TERM
  mine=$(cat "$state")
  while alive "$1"; do sleep 1; done
  if [ "$(cat "$state" 2>/dev/null)" = "$mine" ]; then stop; fi
}

case ${1:-} in
  start)
    start
    if [ -n "${3:-}" ]; then watch "$3" </dev/null >/dev/null 2>&1 & fi
    ;;
  stop) stop ;;
  *) sed -n '2,8p' "$0" >&2; exit 2 ;;
esac
