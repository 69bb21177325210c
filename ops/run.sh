#!/usr/bin/env bash
# Builds and runs the gateway, the admin API and a sample backend on SQLite, in the foreground, with a first account and
# a first key. Needs bash, coreutils and the .NET SDK. Ctrl-C or SIGTERM stops all of it; when one of the three ends, the
# others are stopped too and the exit code is 1. While it runs, what it prints is also in DATA_DIR/run.env, for nobody else
# to read: `make load` takes it from there.
#
#   GATEWAY_PORT 8080   ADMIN_PORT 8081   BACKEND_PORT 8082   OPS_PORT 9090
#   GATEWAY_H2C_PORT    a second listener for HTTP/2 with prior knowledge; absent: none
#   DATA_DIR ./data     database, routes and logs
#   OPERATOR_TOKEN      made up when absent
#   ROUTES              a JSON file with a ReverseProxy section; absent: ops/routes.sample.json with the ports above
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

gateway_port=${GATEWAY_PORT:-8080}
admin_port=${ADMIN_PORT:-8081}
backend_port=${BACKEND_PORT:-8082}
ops_port=${OPS_PORT:-9090}
h2c_port=${GATEWAY_H2C_PORT:-}
data=${DATA_DIR:-$root/data}
operator_token=${OPERATOR_TOKEN:-}
routes=${ROUTES:-}

build_seconds=900     # the first of a clone fetches its packages
ready_seconds=60      # from start to ready; longer means something is wrong
stop_tenths=35        # SIGTERM to SIGKILL, in tenths of a second: the whole must be over within 5 s

declare -A running=() # pid -> name
note=                 # the file of leave_note, once it is there

# start NAME DIRECTORY SETTING=VALUE...: settings go by the environment, since a command line is for every user to see.
start() {
  local name=$1 directory=$root/$2/bin/Release/net10.0
  shift 2
  (
    umask 077 # the database and the logs are nobody else's
    exec </dev/null >"$data/logs/$name.log" 2>&1
    cd "$directory" || exit
    # shellcheck disable=SC2163 # the arguments are NAME=VALUE
    export "$@"
    exec dotnet "$directory/$name.dll"
  ) &
  running[$!]=$name
}

stop_all() {
  trap '' INT TERM HUP
  trap - EXIT
  local pid tenth
  if [ "$note" ]; then rm -f "$note"; fi
  for pid in "${!running[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for ((tenth = 0; tenth < stop_tenths; tenth++)); do
    any_alive || break
    sleep 0.1
  done
  for pid in "${!running[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
  wait
}

any_alive() {
  local pid
  for pid in "${!running[@]}"; do
    if kill -0 "$pid" 2>/dev/null; then return 0; fi
  done
  return 1
}

# Ends the script when one of the processes has ended.
check_alive() {
  local pid name code=0
  for pid in "${!running[@]}"; do
    if kill -0 "$pid" 2>/dev/null; then continue; fi
    name=${running[$pid]}
    wait "$pid" || code=$?
    unset "running[$pid]"
    say "" "$name ended with exit code $code; stopping the others. The end of $data/logs/$name.log:"
    tail -n 20 "$data/logs/$name.log" >&2 || true
    exit 1
  done
}

# await NAME PORT: waits until it is ready.
await() {
  local name=$1 port=$2 deadline=$((SECONDS + ready_seconds)) answer
  while
    answer=$(readiness "$port" 2>/dev/null) || answer=
    [[ $answer != "HTTP/1.1 200"* ]]
  do
    check_alive
    ((SECONDS < deadline)) ||
      die "$name is not ready after $ready_seconds s; see $data/logs. /readyz answers: ${answer##*$'\n'}"
    sleep 0.2
  done
}

# Spoken by bash itself, so that no curl is needed; HTTP/1.0, so that the body comes in one piece.
readiness() {
  exec 3<>"/dev/tcp/127.0.0.1/$1"
  printf 'GET /readyz HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
  timeout 2 cat <&3
}

check_ports() {
  local setting port
  for setting in GATEWAY_PORT:$gateway_port ADMIN_PORT:$admin_port BACKEND_PORT:$backend_port OPS_PORT:$ops_port \
    ${h2c_port:+GATEWAY_H2C_PORT:$h2c_port}; do
    port=${setting#*:}
    [[ $port =~ ^[0-9]{1,5}$ ]] || die "${setting%%:*}=$port is not a port"
    if port_taken "$port"; then die "port $port is taken; choose another with ${setting%%:*}"; fi
  done
}

prepare_data() {
  (umask 077 && mkdir -p "$data/logs")
  data=$(cd "$data" && pwd)
  if [ -z "$operator_token" ]; then operator_token=op_$(head -c 24 /dev/urandom | base64 | tr '+/' 'xy'); fi
  if [ -n "$routes" ]; then
    [ -r "$routes" ] || die "ROUTES=$routes cannot be read"
    routes=$(cd "$(dirname "$routes")" && pwd)/$(basename "$routes")
  else
    routes=$data/routes.json
    local sample
    sample=$(<"$root/ops/routes.sample.json")
    sample=${sample//:8082/:@backend}
    sample=${sample//:8081/:$admin_port}
    printf '%s\n' "${sample//:@backend/:$backend_port}" >"$routes"
  fi
}

build() {
  say "building ..."
  # timeout also passes a signal on to the compilers that the build has started.
  timeout "$build_seconds" dotnet build "$root/ops/run.slnf" -c Release -v quiet -clp:NoSummary </dev/null >"$data/logs/build.log" 2>&1 &
  local pid=$!
  running[$pid]=build
  wait "$pid" || die "the build failed:"$'\n'"$(<"$data/logs/build.log")"
  unset "running[$pid]"
}

start_all() {
  local store="Store__Provider=sqlite" file="Store__ConnectionString=Data Source=$data/gateway.db" h2c=()
  if [ -n "$h2c_port" ]; then
    h2c=("Kestrel__Endpoints__H2c__Url=http://localhost:$h2c_port" Kestrel__Endpoints__H2c__Protocols=Http2)
  fi
  start backend ops/backend "Kestrel__Endpoints__Http__Url=http://127.0.0.1:$backend_port"
  # The gateway passes key management on to the admin API, which then needs to see the caller's own address.
  start admin-api admin-api "$store" "$file" "Admin__OperatorToken=$operator_token" \
    Admin__TrustedProxies__0=127.0.0.1 Admin__TrustedProxies__1=::1 \
    "Kestrel__Endpoints__Http__Url=http://localhost:$admin_port" \
    "Admin__Console__Url=http://localhost:$admin_port" \
    "Admin__Console__ExampleUrl=http://localhost:$gateway_port$(example_path)"
  start gateway gateway "$store" "$file" "Gateway__RoutesFile=$routes" "Ops__Url=http://127.0.0.1:$ops_port" \
    Gateway__DrainDelaySeconds=0 Gateway__DrainSeconds=3 \
    "Kestrel__Endpoints__Http__Url=http://localhost:$gateway_port" "${h2c[@]}"
}

# A routes file of one's own may serve anything: the path is then the reader's to fill in.
example_path() { if [ -n "${ROUTES:-}" ]; then echo /...; else echo /v1/tokens; fi; }

# Fills in link: an address that signs in to the console once. Its code is in the fragment, which no server's log sees.
sign_in_link() {
  local pid line lines
  exec {lines}< <(
    export Store__Provider=sqlite "Store__ConnectionString=Data Source=$data/gateway.db"
    export "Admin__Console__Url=http://localhost:$admin_port"
    exec dotnet "$root/admin-api/bin/Release/net10.0/admin-api.dll" sign-in-link --open "$account_id"
  )
  pid=$!
  running[$pid]=sign-in-link
  while IFS= read -r line <&"$lines"; do
    case $line in
      link=*) link=${line#*=} ;;
    esac
  done
  wait "$pid" || die "no sign-in link could be made"
  unset "running[$pid]"
}

# Fills in account_id, key_id and key from the lines of `admin-api first-key`.
first_key() {
  local pid line lines
  exec {lines}< <(
    export "Admin__OperatorToken=$operator_token"
    exec dotnet "$root/admin-api/bin/Release/net10.0/admin-api.dll" first-key "http://127.0.0.1:$admin_port"
  )
  pid=$!
  running[$pid]=first-key
  while IFS= read -r line <&"$lines"; do
    case $line in
      account=*) account_id=${line#*=} ;;
      id=*) key_id=${line#*=} ;;
      key=*) key=${line#*=} ;;
    esac
  done
  wait "$pid" || die "no first key could be made; see $data/logs/admin-api.log"
  unset "running[$pid]"
}

# For the scripts in load/k6; the names are those they know. Gone when this ends.
leave_note() {
  note=$data/run.env
  (
    umask 077
    cat >"$note" <<END
BASE_URL=http://localhost:$gateway_port
ADMIN_URL=http://localhost:$admin_port
OPS_URL=http://localhost:$ops_port
KEY=$key
OPERATOR_TOKEN=$operator_token
END
  )
}

# One write, so that nothing comes between the lines.
summary() {
  local path
  path=$(example_path)
  cat <<END

  gateway         http://localhost:$gateway_port${h2c_port:+ (HTTP/2 with prior knowledge: http://localhost:$h2c_port)}
  admin API       http://localhost:$admin_port
  sample backend  http://localhost:$backend_port
  metrics         http://localhost:$ops_port/metrics (also /healthz, /readyz)
  routes          $routes (edit it: it is read again at once)
  data and logs   $data

  operator token  $operator_token
  account         $account_id
  key             $key ($key_id, role api_admin, sandbox)

The console, where people manage their keys (the link signs in once, within 15 minutes; later: sign in with the operator token):
  $link

Through the gateway to the sample backend:
  curl -H "Authorization: Bearer $key" http://localhost:$gateway_port$path

Another key, made with that key:
  curl -X POST http://localhost:$gateway_port/v1/api-keys -H "Authorization: Bearer $key" \\
    -H "Content-Type: application/json" \\
    -d '{"name": "CI deploy key", "role": "api_developer", "environment": "sandbox", "walletScope": "all"}'

Ctrl-C stops everything.
END
}

need_dotnet
trap stop_all EXIT
trap 'stop_all; exit 0' INT TERM HUP
check_ports
prepare_data
build
start_all
await "the admin API" "$admin_port"
first_key
sign_in_link
await "the gateway" "$ops_port"
await "the sample backend" "$backend_port"
leave_note
summary
while true; do
  wait -n "${!running[@]}" || true
  check_alive
done
