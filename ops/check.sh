#!/usr/bin/env bash
# What a reviewer should not have to look for: format, analyzers, house rules, shell scripts, the types of the k6 scripts.
# Everything is run, so that one call shows every problem; the exit code is 1 when there was one.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

problems=()

check() {
  local name=$1
  shift
  say "== $name"
  if ! "$@" </dev/null >&2; then problems+=("$name"); fi
}

format() {
  dotnet tool restore >/dev/null && dotnet csharpier check .
}

shell_scripts() {
  apt_install shellcheck shellcheck && shellcheck ops/*.sh .ci/run
}

house_rules() {
  dotnet test tests/Gateway.Tests.csproj -c Release --no-build --filter "FullyQualifiedName~TidyTests|FullyQualifiedName~SecretScanTests|FullyQualifiedName~SupplyChainTests|FullyQualifiedName~CommandsTests|FullyQualifiedName~RefusalCodesTests" \
    --logger "console;verbosity=minimal"
}

# A package source without the list of vulnerabilities says nothing of any package: that is told, and is no problem of ours.
vulnerabilities() {
  local code=0
  ops/vulnerable.sh || code=$?
  [ "$code" = 0 ] || [ "$code" = 2 ]
}

need_dotnet
cd "$root"
check "format" format
check "analyzers" dotnet build Gateway.sln -c Release -v quiet -clp:NoSummary
check "house rules" house_rules
check "shell scripts" shell_scripts
check "k6 types" ops/k6-types.sh
check "known vulnerabilities" vulnerabilities
if [ ${#problems[@]} != 0 ]; then die "problems in: ${problems[*]}"; fi
say "all checks passed"
