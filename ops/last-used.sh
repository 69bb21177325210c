#!/usr/bin/env bash
# Measures what recording uses costs when 100,000 keys come in turn at half of what a gateway can serve: processor time of
# a request, memory, statements, what the store writes. Writes load/results/<day>-last-used.md; takes some four minutes.
# The exit code is 0 only when every bar holds. Arguments go to `load last-used` (--keys, --pairs).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$root/ops/measure.sh"

measure_published last-used "$@"
