#!/usr/bin/env bash
# Lists the targets of the Makefile, a line each.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

while IFS= read -r line; do
  [[ $line =~ ^([a-z0-9-]+):.*\#\#\ (.*)$ ]] || continue
  printf '  make %-10s %s\n' "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
done <"$root/Makefile"
