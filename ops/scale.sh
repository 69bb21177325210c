#!/usr/bin/env bash
# Shows that start, decision, memory, look-up and admin calls do not depend on how many keys there are: stores of ten
# thousand keys and of a million, on SQLite and on Postgres. Writes load/results/<day>-scale.md; takes some four minutes.
# The exit code is 0 only when every bar holds. Arguments go to `load scale` (--small, --large).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$root/ops/measure.sh"

measure_published scale "$@"
