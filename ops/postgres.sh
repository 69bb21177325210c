#!/usr/bin/env bash
# A throw-away PostgreSQL for tests: a fresh cluster in a temporary folder, on a free port of the loopback interface.
#
#   ops/postgres.sh start [STATE [PID]]   starts it, unless it runs, and prints its connection string;
#                                         with PID it also stops by itself once that process has ended
#   ops/postgres.sh down STATE [MODE]     ends its processes and keeps its folder: as an administrator does (fast, the
#                                         default) or as a crash does (immediate)
#   ops/postgres.sh up STATE              starts it again where it was
#   ops/postgres.sh stop [STATE]          stops it and removes the folder
#
# STATE is a file that remembers where it is (default: artifacts/postgres.state). Everything else is written to stderr.
# Commits go to disk as they do in production; only what does not change their meaning is tuned.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

state=${2:-artifacts/postgres.state}

# The newest version that is installed; Debian keeps the server's programs off the PATH.
server_bin() {
  compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -1 | xargs -r dirname || true
}

# The server refuses to run as root.
as_server() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

alive() { [ -n "${1:-}" ] && kill -0 "$1" 2>/dev/null; }

launch_on() {
  (cd "$2" && as_server "$3/pg_ctl" start -w -t 60 -s -D "$2/data" -l "$2/log" -o "-p $1") >&2
}

launch() {
  local dir=$1 bin=$2 port
  for _ in 1 2 3 4 5; do
    port=$(free_port)
    if launch_on "$port" "$dir" "$bin"; then
      echo "$port"
      return
    fi
  done
  tail -20 "$dir/log" >&2
  return 1
}

start() {
  local dir bin port pid
  if [ -f "$state" ]; then
    read -r pid dir <"$state"
    if alive "$pid"; then cat "$dir/connection"; return; fi
    rm -rf "$state" "$dir"
  fi
  bin=$(server_bin)
  if [ -z "$bin" ]; then
    apt_install /usr/lib/postgresql/initdb postgresql # never there, so it is always installed
    bin=$(server_bin)
    [ "$bin" ] || die "PostgreSQL's programs are not where Debian puts them: /usr/lib/postgresql/*/bin"
  fi
  dir=$(mktemp -d "${TMPDIR:-/tmp}/gateway-postgres.XXXXXX")
  if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; fi
  (cd "$dir" && as_server "$bin/initdb" -D "$dir/data" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync) >"$dir/initdb.log" 2>&1 \
    || { cat "$dir/initdb.log" >&2; rm -rf "$dir"; return 1; }
  cat >>"$dir/data/postgresql.conf" <<EOF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$dir'
max_connections = 300
shared_buffers = 128MB
max_wal_size = 2GB
checkpoint_timeout = 30min
EOF
  port=$(launch "$dir" "$bin") || { rm -rf "$dir"; return 1; }
  pid=$(head -1 "$dir/data/postmaster.pid")
  echo "Host=127.0.0.1;Port=$port;Username=postgres;Database=postgres" >"$dir/connection"
  mkdir -p "$(dirname "$state")"
  echo "$pid $dir" >"$state"
  cat "$dir/connection"
}

down() {
  local pid dir
  read -r pid dir <"$state"
  case ${1:-fast} in
    fast) kill -INT "$pid" ;;
    immediate) kill -QUIT "$pid" ;;
    *) die "a server goes down 'fast' or 'immediate'" ;;
  esac
  for _ in $(seq 600); do alive "$pid" || return 0; sleep 0.05; done
  die "the server does not end: $dir/log"
}

up() {
  local pid dir port
  read -r pid dir <"$state"
  port=$(sed 's/.*Port=\([0-9]*\).*/\1/' "$dir/connection")
  launch_on "$port" "$dir" "$(server_bin)" || { tail -20 "$dir/log" >&2; return 1; }
  echo "$(head -1 "$dir/data/postmaster.pid") $dir" >"$state"
}

# At once: nobody needs what is in it.
stop() {
  local pid dir
  [ -f "$state" ] || return 0
  read -r pid dir <"$state"
  rm -f "$state"
  if alive "$pid"; then kill -QUIT "$pid" 2>/dev/null || true; fi
  for _ in $(seq 200); do alive "$pid" || break; sleep 0.05; done
  rm -rf "$dir"
}

# The folder says whether it is still the same server: its process is another one after 'down' and 'up'.
watch() {
  local mine now
  trap '' INT HUP TERM
  read -r _ mine <"$state"
  while alive "$1"; do sleep 1; done
  read -r _ now 2>/dev/null <"$state" || return 0
  if [ "$now" = "$mine" ]; then stop; fi
}

case ${1:-} in
  start)
    start
    if [ -n "${3:-}" ]; then watch "$3" </dev/null >/dev/null 2>&1 & fi
    ;;
  down) down "${3:-}" ;;
  up) up ;;
  stop) stop ;;
  *) sed -n '2,12p' "$0" >&2; exit 2 ;;
esac
