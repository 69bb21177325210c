#!/usr/bin/env bash
# Runs a fleet of real processes while everything around it breaks, and checks what it did: 3 gateways, 2 admin APIs,
# Postgres, Redis and an upstream, on free ports of the loopback interface. Ctrl-C or SIGTERM stops all of it. The exit
# code is 0 when nothing was wrong; else the history of what happened is kept, and its path is printed.
#
#   SECONDS 120   how long all of it may take after the build, start and checking included
#   SEEDS 1       comma-separated; each has its share of that time. Faults and writes follow from the seed alone
set -euo pipefail
seconds=$SECONDS # read before it counts: bash takes it up from its caller, and begins with 0 without one
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [ "$seconds" -lt 30 ]; then seconds=120; fi

stop_all() {
  trap '' INT TERM HUP
  trap - EXIT
  stop_background
}

need_dotnet
trap stop_all EXIT
trap 'stop_all; exit 130' INT TERM HUP
cd "$root"
say "building ..."
in_background 900 dotnet build Gateway.sln -c Release -v quiet -clp:NoSummary >&2
export CHAOS_LIVE=1 CHAOS_SECONDS=$seconds CHAOS_SEEDS=${SEEDS:-1}
# Half as long again: the run ends itself, and this is for one that cannot.
in_background $((seconds + seconds / 2 + 60)) \
  dotnet tests/bin/Release/net10.0/Gateway.Tests.dll -noColor -noLogo -class Gateway.Tests.ChaosTests
