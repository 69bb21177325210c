#!/usr/bin/env bash
# Measures rate limits that three gateways share: how many requests over the limit are admitted at twice the limit, with
# Redis and while it stands still, and what asking it adds to a request. Writes load/results/<day>-limits.md; takes some
# three minutes. The exit code is 0 only when every bar holds.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$root/ops/measure.sh"

redis=$(TMPDIR=$measured "$root/ops/redis.sh" start "$measured/redis" $$)
measure_published limits --redis "$redis" "$@"
