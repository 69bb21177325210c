#!/usr/bin/env bash
# Known vulnerabilities in the packages of the solution, those that packages bring along too. Exit code: 0 when there are
# none, 1 when there are, 2 when it cannot be told, because the package source carries no list of vulnerabilities. That is
# found out by asking about a version that is known to have one (GHSA-5crp-9r3c-p9vr).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

bad_package=Newtonsoft.Json
bad_version=12.0.1

need_dotnet
work=$(mktemp -d "${TMPDIR:-/tmp}/gateway-vulnerable.XXXXXX")
trap 'rm -rf "$work"' EXIT

# vulnerable PROJECT: what is listed, one `package version severity address` a line.
vulnerable() {
  dotnet list "$1" package --vulnerable --include-transitive </dev/null >"$work/list" 2>&1 || {
    cat "$work/list" >&2
    die "the packages of $1 could not be listed"
  }
  sed -n 's/^ *> //p' "$work/list" | sort -u
}

cat >"$work/bad.csproj" <<EOF
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><NuGetAudit>false</NuGetAudit></PropertyGroup>
  <ItemGroup><PackageReference Include="$bad_package" Version="$bad_version" /></ItemGroup>
</Project>
EOF
dotnet restore "$work/bad.csproj" -v quiet </dev/null >&2
known=$(vulnerable "$work/bad.csproj")
cd "$root"
dotnet restore Gateway.sln -v quiet </dev/null >&2
found=$(vulnerable Gateway.sln)
if [ "$found" ]; then
  say "$found"
  exit 1
fi
if [ -z "$known" ]; then
  say "the package source carries no list of vulnerabilities: it says nothing of $bad_package $bad_version;" \
    "what there is then is ops/advisories.tsv, which the house rules look at"
  exit 2
fi
say "none; of $bad_package $bad_version it says: $known"
