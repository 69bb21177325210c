#!/usr/bin/env bash
# Sends the gateway everything hostile there is, alone and between servers that are not ours, and says in numbers what came
# of it. The exit code is 0 only when nothing was reached that was not granted and every part was dealt with as it must.
# Takes some four minutes. Ctrl-C or SIGTERM stops all of it.
#
# Each part's tests add lines `part TAB what TAB number` to the file that ATTACK_REPORT names (tests/Hostile/AttackReport.cs);
# `escalations` and `crashes` must come to zero. To add a part, add its class below.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

limit_seconds=1800

parts=(
  PublishedAttacksTests OurAttacksTests FineRequestsTests StoredRangesTests
  Http2AbuseTests TlsTests
  DifferentialTests
  PlantedHolesTests PlantedBoundsTests
  WireFuzzTests ApiFuzzTests VerdictModelTests RoutePolicyModelTests ProxyHeaderModelTests
  TimingTests
  AdminMatrixTests ConsoleMatrixTests
  EscalationTests EscalationRaceTests GuessedIdTests SqliteInjectionTests PostgresInjectionTests
  ConsoleInjectionTests SecretsInTextTests
)

# shellcheck disable=SC2317 # the traps call it
stop_all() {
  trap '' INT TERM HUP
  trap - EXIT
  stop_background
  rm -rf "$work"
}

# Sums by part and what, in the order they came in; the last line is all of it. Values of t come in thousandths.
summary() {
  awk -F '\t' '
    function shown(what, number) { return index(what, "|t|") == 1 ? sprintf("%.3f", number / 1000) : number }
    !($1 in order) { order[$1] = ++parts; name[parts] = $1 }
    !(($1, $2) in sum) { whats[$1] = whats[$1] SUBSEP $2 }
    { sum[$1, $2] += $3; all[$2] += $3 }
    END {
      for (i = 1; i <= parts; i++) {
        line = ""
        n = split(substr(whats[name[i]], 2), what, SUBSEP)
        for (j = 1; j <= n; j++) line = line (j > 1 ? ", " : "") what[j] " " shown(what[j], sum[name[i], what[j]])
        printf "%-20s %s\n", name[i], line
      }
      printf "%-20s cases %d, refused %d, let through as expected %d, escalations %d, crashes %d\n", "all",
        all["cases"], all["refused"], all["let through as expected"], all["escalations"], all["crashes"]
      exit (all["escalations"] + all["crashes"] > 0 || all["cases"] == 0)
    }' "$ATTACK_REPORT"
}

need_dotnet
work=$(mktemp -d "${TMPDIR:-/tmp}/gateway-attack.XXXXXX")
# A database server runs as a user of its own, and finds its folder below it.
chmod 711 "$work"
mkdir "$work/tmp"
chmod 1777 "$work/tmp"
trap stop_all EXIT
trap 'stop_all; exit 130' INT TERM HUP
cd "$root"
need_servers
say "building ..."
in_background 900 dotnet build Gateway.sln -c Release -v quiet -clp:NoSummary >&2
export ATTACK_REPORT=$work/report TMPDIR=$work/tmp
: >"$ATTACK_REPORT"
classes=()
for part in "${parts[@]}"; do classes+=(-class "Gateway.Tests.$part"); done
code=0
in_background "$limit_seconds" dotnet tests/bin/Release/net10.0/Gateway.Tests.dll -noColor -noLogo "${classes[@]}" || code=$?
echo
summary || code=1
exit "$code"
