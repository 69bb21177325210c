#!/usr/bin/env bash
# Times /metrics of a gateway with a thousand routes. Writes load/results/<day>-scrape.md; takes some seconds after the
# build. The exit code is 0 only when every bar holds.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$root/ops/measure.sh"

build_load
measure scrape
