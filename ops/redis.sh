#!/usr/bin/env bash
# A throw-away Redis for tests: nothing kept, on a free port of the loopback interface.
#
#   ops/redis.sh start [STATE [PID]]   starts it, unless it runs, and prints its address (host:port);
#                                      with PID it also stops by itself once that process has ended
#   ops/redis.sh down STATE            ends its process as a crash does
#   ops/redis.sh up STATE              starts it again where it was
#   ops/redis.sh stop [STATE]          stops it
#
# STATE is a file that remembers where it is (default: artifacts/redis.state). Everything else is written to stderr.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

state=${2:-artifacts/redis.state}

alive() { [ -n "${1:-}" ] && kill -0 "$1" 2>/dev/null; }

# launch: starts it in $dir on $port.
launch() {
  local attempt
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
}

start() {
  local dir port pid
  if [ -f "$state" ]; then
    read -r pid dir port <"$state"
    if alive "$pid"; then echo "127.0.0.1:$port"; return; fi
    rm -rf "$state" "$dir"
  fi
  apt_install redis-server redis-server
  dir=$(mktemp -d "${TMPDIR:-/tmp}/gateway-redis.XXXXXX")
  port=$(free_port)
  launch
  mkdir -p "$(dirname "$state")"
  echo "$(<"$dir/pid") $dir $port" >"$state"
  echo "127.0.0.1:$port"
}

down() {
  local pid dir port
  read -r pid dir port <"$state"
  rm -f "$dir/pid"
  kill -KILL "$pid"
  while alive "$pid"; do sleep 0.02; done
}

up() {
  local dir port
  read -r _ dir port <"$state"
  launch
  echo "$(<"$dir/pid") $dir $port" >"$state"
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

# The folder says whether it is still the same server: its process is another one after 'down' and 'up'.
watch() {
  local mine now
  trap '' INT HUP TERM
  read -r _ mine _ <"$state"
  while alive "$1"; do sleep 1; done
  read -r _ now _ 2>/dev/null <"$state" || return 0
  if [ "$now" = "$mine" ]; then stop; fi
}

case ${1:-} in
  start)
    start
    if [ -n "${3:-}" ]; then watch "$3" </dev/null >/dev/null 2>&1 & fi
    ;;
  down) down ;;
  up) up ;;
  stop) stop ;;
  *) sed -n '2,10p' "$0" >&2; exit 2 ;;
esac
