#!/usr/bin/env bash
# Runs the k6 scripts in load/k6, one after the other, against what `make run` has started. Needs k6. As they are they take
# some eight minutes together; how much of everything, for how long and within which bounds is at the head of each, by the
# environment. The exit code is 0 only when at least one ran and each kept its thresholds.
#
#   LOAD      which, separated by spaces; all of them when absent:
#             smoke steady spike soak cold-keys revocation unknown-keys admin websocket
#   DATA_DIR  ./data; where `make run` keeps what it is reached by. Instead of that file all of it can be stated in the
#             environment: load/k6/settings.js says how
#   K6        k6; the program
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

all="smoke steady spike soak cold-keys revocation unknown-keys admin websocket"
k6=${K6:-k6}
data=$(realpath -m "${DATA_DIR:-$root/data}")
export RUN_FILE=${RUN_FILE:-$data/run.env}
running=

stop() {
  trap '' INT TERM HUP
  if [ "$running" ]; then kill -TERM "$running" 2>/dev/null || true; fi
  wait
  exit 130
}

need_k6() {
  if command -v "$k6" >/dev/null; then return; fi
  die "k6 is missing, so nothing was run. It is one program without a server, and one of these brings it:
  Debian, Ubuntu  https://grafana.com/docs/k6/latest/set-up/install-k6/ (its own package source)
  macOS           brew install k6
  Windows         winget install k6 --source winget
  any             a binary from https://github.com/grafana/k6/releases, to be put on the PATH or named by K6=..."
}

# Nothing is to be loaded by mistake: without an address and a key there is nothing to run.
need_target() {
  if [ -r "$RUN_FILE" ] || { [ "${BASE_URL:-}" ] && [ "${KEY:-}" ]; }; then return; fi
  die "there is nothing to load: start 'make run' in another terminal first (it leaves $RUN_FILE while it runs), or state
BASE_URL, KEY and what else load/k6/settings.js lists in the environment"
}

run_one() {
  local code=0
  say "" "== $1"
  "$k6" run "$root/load/k6/$1.js" </dev/null &
  running=$!
  wait "$running" || code=$?
  running=
  return "$code"
}

read -ra scripts <<<"${LOAD:-$all}"
[ ${#scripts[@]} != 0 ] || die "LOAD is blank; it is one or several of: $all"
for script in "${scripts[@]}"; do
  case " $all " in *" $script "*) ;; *) die "LOAD=$script is none of: $all" ;; esac
done
need_k6
need_target
trap stop INT TERM HUP
failed=()
for script in "${scripts[@]}"; do
  if ! run_one "$script"; then failed+=("$script"); fi
done
if [ ${#failed[@]} != 0 ]; then die "of ${#scripts[@]}, these did not keep their thresholds or did not run: ${failed[*]}"; fi
say "" "all kept their thresholds: ${scripts[*]}"
