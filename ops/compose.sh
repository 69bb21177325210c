#!/usr/bin/env bash
# Starts ops/compose.yaml with docker or podman, and makes the secrets it reads, once: passwords nobody has to know.
#
#   ops/compose.sh up               builds the images, starts everything in the background
#   ops/compose.sh down             stops everything and keeps the data; anything else goes to `compose` as it is
#   ops/compose.sh secrets FOLDER   only makes the secrets, in FOLDER
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

folder=$root/ops/compose/secrets

word() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# secret NAME: writes what comes on standard input, unless the file is there. The folder is its owner's alone; the files
# can be read in it because each process reads its own as a user of its own.
secret() {
  if [ -e "$folder/$1" ]; then cat >/dev/null; else cat >"$folder/$1"; fi
}

# login NAME PASSWORD ROLE: may be run again, as it is at every start.
login() {
  cat <<END
do \$\$ begin
  if not exists (select from pg_roles where rolname = '$1') then create role "$1" in role $3; end if;
end \$\$;
alter role "$1" login password '$2';
END
}

connection() { printf 'Host=postgres;Database=gateway;Username=%s;Password=%s' "$1" "$2"; }

make_secrets() {
  local owner one two desk
  mkdir -p "$folder"
  chmod 700 "$folder"
  [ ! -e "$folder/logins.sql" ] || return 0
  read -r owner one two desk <<<"$(word) $(word) $(word) $(word)"
  printf '%s' "$owner" | secret postgres-password
  connection postgres "$owner" | secret owner-store
  connection gateway-1 "$one" | secret gateway-1-store
  connection gateway-2 "$two" | secret gateway-2-store
  connection admin-1 "$desk" | secret admin-store
  word | secret operator-token
  word | secret grafana-password
  {
    login gateway-1 "$one" gateway_data_plane
    login gateway-2 "$two" gateway_data_plane
    login admin-1 "$desk" gateway_control_plane
  } | secret logins.sql
}

compose() {
  local program
  for program in docker podman; do
    if "$program" compose version >/dev/null 2>&1; then
      "$program" compose --file "$root/ops/compose.yaml" "$@"
      return
    fi
  done
  die "needs docker or podman with 'compose'"
}

case ${1:-up} in
  secrets)
    folder=${2:?FOLDER}
    make_secrets
    ;;
  up)
    make_secrets
    compose up --build --detach --wait
    say "operator token: $(<"$folder/operator-token")"
    ;;
  *) compose "$@" ;;
esac
