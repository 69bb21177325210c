#!/usr/bin/env bash
# Sends spoiled requests to the gateway, over HTTP/1.1 and HTTP/2, and to the admin API, and holds what properties promise
# against many more cases than `make test` does. SECONDS=60 of requests from SEED=20261122; what fails names its seed. The
# exit code is 0 only when nothing was found. Ctrl-C or SIGTERM stops all of it.
set -euo pipefail
seconds=$SECONDS # read before it counts: bash takes it up from its caller, and begins with 0 without one
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [ "$seconds" -lt 5 ]; then seconds=60; fi
export FUZZ_SECONDS=$seconds FUZZ_SEED=${SEED:-20261122}
limit_seconds=$((seconds + 1800))

trap stop_background EXIT
trap 'stop_background; exit 130' INT TERM HUP
need_dotnet
cd "$root"
say "building ..."
in_background 900 dotnet build tests/Gateway.Tests.csproj -c Release -v quiet -clp:NoSummary >&2
classes=()
for class in WireFuzzTests ApiFuzzTests VerdictModelTests RoutePolicyModelTests ProxyHeaderModelTests; do
  classes+=(-class "Gateway.Tests.$class")
done
in_background "$limit_seconds" dotnet tests/bin/Release/net10.0/Gateway.Tests.dll -noColor -noLogo -showLiveOutput "${classes[@]}"
