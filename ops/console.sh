#!/usr/bin/env bash
# Times the console's pages in an account with ten thousand keys, on SQLite and on Postgres. Writes
# load/results/<day>-console.md; takes a minute. The exit code is 0 only when every bar holds.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$root/ops/measure.sh"

measure_published console "$@"
