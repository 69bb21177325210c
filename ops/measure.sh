# shellcheck shell=bash disable=SC2154
# What the scripts that measure have in common; sourced after common.sh, never run. Nothing else should run on the machine
# meanwhile.

limit_seconds=900
measured=$(mktemp -d "${TMPDIR:-/tmp}/gateway-measure.XXXXXX")
chmod 711 "$measured" # the database server runs as a user of its own, and finds its folder below it

stop_measuring() {
  trap '' INT TERM HUP
  trap - EXIT
  stop_background
  "$root/ops/postgres.sh" stop "$measured/postgres" >/dev/null 2>&1 || true
  "$root/ops/redis.sh" stop "$measured/redis" >/dev/null 2>&1 || true
  rm -rf "$measured"
}

# build_load: the program that measures, and the commit its results name.
build_load() {
  need_dotnet
  say "building ..."
  in_background "$limit_seconds" dotnet build "$root/load/tool/load.csproj" -c Release -v quiet -clp:NoSummary >&2
  RESULT_COMMIT=$(git -C "$root" describe --always --dirty --exclude '*' 2>/dev/null || echo unknown)
  export RESULT_COMMIT
}

# measure COMMAND OPTION...: runs one of its commands; the result goes to load/results.
measure() {
  in_background "$limit_seconds" "$root/load/tool/bin/Release/net10.0/load" "$@" --results "$root/load/results"
}

# measure_published COMMAND OPTION...: runs one that starts what `make publish` makes, and has a Postgres for it.
measure_published() {
  local postgres
  build_load
  in_background "$limit_seconds" "$root/ops/publish.sh" >&2
  postgres=$(TMPDIR=$measured "$root/ops/postgres.sh" start "$measured/postgres" $$)
  measure "$@" --gateway "$root/artifacts/gateway/gateway" --admin "$root/artifacts/admin-api/admin-api" \
    --postgres "$postgres"
}

trap stop_measuring EXIT
trap 'stop_measuring; exit 130' INT TERM HUP
