#!/usr/bin/env bash
# A throw-away Redis for tests: nothing kept, on a free port of the loopback interface.
#
#   ops/redis.sh start [STATE [PID]]   starts it, unless it runs, and prints its address (host:port);
#                                      with PID it also stops by itself once that process has ended
#   ops/redis.sh down STATE [MODE]     ends its process, as an administrator does (fast, the default) or as a crash does
#                                      (immediate)
#   ops/redis.sh up STATE              starts it again where it was
#   ops/redis.sh stop [STATE]          stops it
#
# STATE is a file that remembers where it is (default: artifacts/redis.state). Everything else is written to stderr.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$root/ops/server.sh"
cd "$root"

install() { apt_install redis-server redis-server; }

prepare() { :; }

launch() {
  local dir=$1 port=$2
  rm -f "$dir/pid"
  redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no --dir "$dir" --daemonize yes \
    --pidfile "$dir/pid" --logfile "$dir/log" >&2 || return 1
  for _ in {1..100}; do
    if [ -s "$dir/pid" ] && port_taken "$port"; then
      cat "$dir/pid"
      return
    fi
    sleep 0.1
  done
  tail -n 5 "$dir/log" >&2
  return 1
}

connection() { echo "127.0.0.1:$1"; }

end_signal() {
  case $1 in
    fast) echo TERM ;;
    immediate) echo KILL ;;
    *) return 1 ;;
  esac
}

serve redis "$@"
