#!/usr/bin/env bash
# Installs and starts what the tests need, runs every test, stops what it started. The last line is "N passed, N failed";
# the exit code is 0 only when something ran and all of it passed. Arguments go to `dotnet test` (--filter, say).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

limit_seconds=2700 # of the whole run; a healthy one takes a tenth of it
hang_seconds=300   # of one test

# Memory that is a file system, where there is enough of it: tests are about what we promise, not about how long this
# disk takes for a flush while others use it.
memory=/dev/shm
memory_kib=3000000
if [ -w "$memory" ] && [ "$(df --output=avail -k "$memory" | tail -1)" -ge "$memory_kib" ]; then TMPDIR=$memory; fi
work=$(mktemp -d "${TMPDIR:-/tmp}/gateway-tests.XXXXXX")
# Database servers run as users of their own, and find their folders below it.
chmod 711 "$work"
mkdir "$work/tmp"
chmod 1777 "$work/tmp"
export TMPDIR=$work/tmp

stop_all() {
  trap '' INT TERM HUP
  trap - EXIT
  stop_background
  "$root/ops/postgres.sh" stop "$work/postgres" >/dev/null 2>&1 || true
  "$root/ops/redis.sh" stop "$work/redis" >/dev/null 2>&1 || true
  rm -rf "$work"
}

finish() {
  stop_all
  echo "$1 passed, $2 failed"
  if [ "$2" = 0 ] && [ "$1" != 0 ]; then exit 0; fi
  exit 1
}

broken() {
  say "$*"
  finish 0 1
}

start_stores() {
  TEST_POSTGRES=$("$root/ops/postgres.sh" start "$work/postgres" $$) || broken "Postgres did not start"
  TEST_REDIS=$("$root/ops/redis.sh" start "$work/redis" $$) || broken "Redis did not start"
  export TEST_POSTGRES TEST_REDIS
}

# counter NAME: the sum over all result files of one number of their <Counters> element.
counter() {
  local sum=0 number
  while read -r number; do sum=$((sum + number)); done < <(
    sed -n "s/.*<Counters [^>]*\b$1=\"\([0-9]*\)\".*/\1/p" "$work"/results/*.trx 2>/dev/null
  )
  echo "$sum"
}

need_dotnet
# Whatever ends the script early, the last line is there.
trap 'stop_all; echo "0 passed, 1 failed"; exit 1' EXIT
trap 'stop_all; exit 130' INT TERM HUP
cd "$root"
apt_install npm nodejs npm
need_servers
apt_install promtool prometheus
"$root/ops/browser.sh" >/dev/null || broken "there is no browser to test with"
apt_install sqlite3 sqlite3
apt_install haproxy haproxy
start_stores
say "building ..."
in_background "$limit_seconds" dotnet build Gateway.sln -c Release -v quiet -clp:NoSummary >"$work/build.log" 2>&1 ||
  broken "the build failed:"$'\n'"$(<"$work/build.log")"
code=0
in_background "$limit_seconds" dotnet test tests/Gateway.Tests.csproj -c Release --no-build --results-directory "$work/results" \
  --logger trx --logger "console;verbosity=minimal" \
  --blame-hang-timeout "${hang_seconds}s" --blame-hang-dump-type none "$@" || code=$?
passed=$(counter passed)
failed=$(($(counter total) - passed))
if [ "$code" != 0 ] && [ "$failed" = 0 ]; then
  say "dotnet test ended with exit code $code"
  failed=1
fi
if [ "$passed" = 0 ] && [ "$failed" = 0 ]; then broken "no test ran"; fi
finish "$passed" "$failed"
