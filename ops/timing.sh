#!/usr/bin/env bash
# Compares the times of refusals as dudect does: a million of each of two kinds, in random order, Welch's t below 4.5 for
# each pair; a leak that is planted in each must be found. Writes load/results/<day>-timing.md; takes about two minutes, and nothing
# else should run meanwhile. The exit code is 0 only when every bar holds.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$root/ops/measure.sh"

build_load
measure timing
