# shellcheck shell=bash
# The life of a throw-away server for tests; sourced, never run. Who sources it defines
#   install              gets the server's programs
#   prepare DIR          makes what the server is to find in DIR
#   launch DIR PORT      starts it there and prints its process id
#   connection PORT      prints how to reach it
#   end_signal MODE      names the signal that ends it 'fast', as an administrator does, or 'immediate', as a crash does
# and calls `serve NAME "$@"` last. The file STATE says "PID DIR"; PID is another one after 'down' and 'up'.

# A process that has ended and that nobody has asked about yet is not alive.
alive() {
  [ -n "${1:-}" ] && kill -0 "$1" 2>/dev/null && ! grep -qs '^State:.*Z' "/proc/$1/status"
}

await_end() {
  for _ in $(seq 600); do alive "$1" || return 0; sleep 0.05; done
  return 1
}

start() {
  local dir pid
  if [ -f "$state" ]; then
    read -r pid dir <"$state"
    if alive "$pid"; then cat "$dir/connection"; return; fi
    rm -rf "$state" "$dir"
  fi
  install
  dir=$(mktemp -d "${TMPDIR:-/tmp}/gateway-$1.XXXXXX")
  if ! prepare "$dir" || ! pid=$(launch_anywhere "$dir"); then
    rm -rf "$dir"
    die "$1 did not start"
  fi
  mkdir -p "$(dirname "$state")"
  echo "$pid $dir" >"$state"
  cat "$dir/connection"
}

# A port that was free may be taken a moment later.
launch_anywhere() {
  local port
  for _ in 1 2 3; do
    port=$(free_port)
    if launch "$1" "$port"; then
      echo "$port" >"$1/port"
      connection "$port" >"$1/connection"
      return
    fi
  done
  return 1
}

down() {
  local pid dir signal
  read -r pid dir <"$state"
  signal=$(end_signal "$1") || die "a server goes down 'fast' or 'immediate'"
  kill -s "$signal" "$pid"
  await_end "$pid" || die "the server does not end: $dir/log"
}

up() {
  local pid dir
  read -r _ dir <"$state"
  pid=$(launch "$dir" "$(<"$dir/port")") || die "the server did not start again"
  echo "$pid $dir" >"$state"
}

# At once: nobody needs what is in it.
stop() {
  local pid dir
  [ -f "$state" ] || return 0
  read -r pid dir <"$state"
  rm -f "$state"
  if alive "$pid"; then kill -s "$(end_signal immediate)" "$pid" 2>/dev/null || true; fi
  await_end "$pid" || true
  rm -rf "$dir"
}

# watch PID: stops the server once that process has ended. The folder says whether it is still the same server.
watch() {
  local mine now
  trap '' INT HUP TERM
  read -r _ mine <"$state"
  while alive "$1"; do sleep 1; done
  read -r _ now 2>/dev/null <"$state" || return 0
  if [ "$now" = "$mine" ]; then stop; fi
}

# serve NAME start|down|up|stop [STATE [PID|MODE]]
serve() {
  state=${3:-artifacts/$1.state}
  case ${2:-} in
    start)
      start "$1"
      if [ -n "${4:-}" ]; then watch "$4" </dev/null >/dev/null 2>&1 & fi
      ;;
    down) down "${4:-fast}" ;;
    up) up ;;
    stop) stop ;;
    *) sed -n '/^set /q; 2,$p' "$0" >&2; exit 2 ;;
  esac
}
