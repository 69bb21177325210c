#!/usr/bin/env bash
# Compares the times of refusals as dudect does: a million samples of each of two kinds, in random order, Welch's t below
# 4.5 for each pair; a leak that is planted must be found. Takes about a minute; nothing else should run meanwhile. Ctrl-C
# or SIGTERM stops it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

trap stop_background EXIT
trap 'stop_background; exit 130' INT TERM HUP
need_dotnet
cd "$root"
say "building ..."
in_background 900 dotnet build tests/Gateway.Tests.csproj -c Release -v quiet -clp:NoSummary >&2
export TIMING=full
in_background 900 dotnet tests/bin/Release/net10.0/Gateway.Tests.dll -noColor -noLogo -showLiveOutput \
  -class Gateway.Tests.TimingTests
