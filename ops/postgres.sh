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
# Commits are flushed to TMPDIR as they are in production; only what does not change their meaning is tuned.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$root/ops/server.sh"
cd "$root"

# The newest version that is installed; Debian keeps the server's programs off the PATH.
server_bin() {
  compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -1 | xargs -r dirname || true
}

# The server refuses to run as root.
as_server() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

install() {
  [ -z "$(server_bin)" ] || return 0
  apt_install /usr/lib/postgresql/initdb postgresql # never there, so it is always installed
  [ "$(server_bin)" ] || die "PostgreSQL's programs are not where Debian puts them: /usr/lib/postgresql/*/bin"
}

prepare() {
  local dir=$1
  if [ "$(id -u)" = 0 ]; then chown postgres "$dir" || return 1; fi
  (cd "$dir" && as_server "$(server_bin)/initdb" -D "$dir/data" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync) >"$dir/initdb.log" 2>&1 \
    || { cat "$dir/initdb.log" >&2; return 1; }
  cat >>"$dir/data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = '$dir'
max_connections = 300
shared_buffers = 128MB
max_wal_size = 2GB
checkpoint_timeout = 30min
END
}

launch() {
  local dir=$1 port=$2
  (cd "$dir" && as_server "$(server_bin)/pg_ctl" start -w -t 60 -s -D "$dir/data" -l "$dir/log" -o "-p $port") >&2 \
    || { tail -20 "$dir/log" >&2; return 1; }
  head -1 "$dir/data/postmaster.pid"
}

connection() { echo "Host=127.0.0.1;Port=$1;Username=postgres;Database=postgres"; }

end_signal() {
  case $1 in
    fast) echo INT ;;
    immediate) echo QUIT ;;
    *) return 1 ;;
  esac
}

serve postgres "$@"
