#!/usr/bin/env bash
# Times honest requests while slowhttptest and others dribble headers and bodies, read slowly, hoard connections and send
# what is too much. Writes load/results/<day>-abuse.md; takes some twenty-seven minutes. The exit code is 0 only when memory and
# times stay within their bars.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$root/ops/measure.sh"
# shellcheck disable=SC2034 # measure.sh goes by it
limit_seconds=2400

apt_install slowhttptest slowhttptest
apt_install nginx nginx
measure_published abuse "$@"
