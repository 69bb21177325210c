#!/usr/bin/env bash
# Measures what the gateway costs per request beside YARP without a check, nginx with the checks in Lua, nginx, HAProxy
# and Caddy, and writes load/results/<day>-compare.md. Takes some five minutes. The exit code is 0 only when every bar
# holds.
#
#   ABLATION=1       the gateway beside itself without each of its settings; load/results/<day>-ablation.md
#   ACCESS_LOG=1     the gateway beside itself with a line for each request; load/results/<day>-access-log.md
#   ROUNDS=15        times each is driven
#   SECONDS_EACH=2   for so long
#
# Nothing else should run on the machine meanwhile. It needs two processors.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

limit_seconds=1800

need_dotnet
trap 'stop_background; exit 130' INT TERM HUP
cd "$root"
apt_install wrk wrk
apt_install nginx nginx libnginx-mod-http-lua
[ -e /usr/lib/nginx/modules/ngx_http_lua_module.so ] || apt_install /usr/lib/nginx/modules/ngx_http_lua_module.so libnginx-mod-http-lua
apt_install haproxy haproxy
apt_install caddy caddy
say "building ..."
dotnet build Gateway.sln -c Release -v quiet -clp:NoSummary </dev/null >&2
RESULT_COMMIT=$(git describe --always --dirty --exclude '*' 2>/dev/null || echo unknown)
export RESULT_COMMIT
options=(--gateway "$root/gateway/bin/Release/net10.0/gateway.dll" --results "$root/load/results")
if [ "${ABLATION:-}" ]; then options+=(--ablation); fi
if [ "${ACCESS_LOG:-}" ]; then options+=(--access-log); fi
in_background "$limit_seconds" dotnet load/tool/bin/Release/net10.0/load.dll compare \
  --rounds "${ROUNDS:-15}" --seconds "${SECONDS_EACH:-2}" "${options[@]}"
