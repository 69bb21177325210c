#!/usr/bin/env bash
# promtool, which comes with Prometheus; installed on first use.
#
#   ops/promtool.sh check metrics <scrape
#   ops/promtool.sh test rules ops/prometheus/rules.test.yml
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Two tests may ask at once.
mkdir -p "$root/artifacts"
(
  flock 9
  apt_install promtool prometheus
) 9>"$root/artifacts/promtool.lock"

exec promtool "$@"
