#!/usr/bin/env bash
# Restarts three gateways on Postgres behind HAProxy one after the other, over and over, under 60 s of load, and writes
# load/results/<day>-rolling.md. Takes some two minutes. The exit code is 0 only when no request failed, every use is
# recorded and no row is left open. Arguments go to `load rolling` (--seconds).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$root/ops/measure.sh"

apt_install haproxy haproxy
measure_published rolling "$@"
