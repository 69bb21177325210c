#!/usr/bin/env bash
# Times the parts of a decision and the whole of it with BenchmarkDotNet, in one process of the Release build, and writes
# load/results/<day>-bench.md. Takes some two minutes. The exit code is 0 only when every bar holds.
#
# Nothing else should run on the machine meanwhile.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

limit_seconds=600

need_dotnet
cd "$root"
trap 'stop_background; exit 130' INT TERM HUP
say "building ..."
in_background "$limit_seconds" dotnet build load/tool/load.csproj -c Release -v quiet -clp:NoSummary >&2
RESULT_COMMIT=$(git describe --always --dirty --exclude '*' 2>/dev/null || echo unknown)
export RESULT_COMMIT
in_background "$limit_seconds" load/tool/bin/Release/net10.0/load bench --results load/results
