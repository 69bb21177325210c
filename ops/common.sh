# shellcheck shell=bash
# What the scripts here have in common; sourced, never run.

# shellcheck disable=SC2034 # used by those who source this
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." >/dev/null && pwd)

# A build must not leave its servers behind: no node reuse, no compiler server, no MSBuild server. The tools stay quiet
# about themselves and send nothing home.
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false DOTNET_CLI_USE_MSBUILD_SERVER=0
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

say() { printf '%s\n' "$*" >&2; }

die() {
  say "${0##*/}: $*"
  exit 1
}

need_dotnet() {
  command -v dotnet >/dev/null || die "the .NET SDK is missing: https://dotnet.microsoft.com/download (version in global.json)"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# apt_install COMMAND PACKAGE...: installs Debian packages unless the command is there already, and lets none of them start
# a service. Mirrors fail now and then, so it is tried a few times.
apt_install() {
  local command=$1 attempt
  shift
  command -v "$command" >/dev/null && return
  command -v apt-get >/dev/null || die "'$command' is missing, and there is no apt-get to install it with"
  say "installing $* ..."
  for attempt in 1 2 3; do
    if apt_try "$@"; then return; fi
    sleep $((attempt * 3))
  done
  die "could not install $*"
}

# need_servers: the servers hostile requests are sent through. Debian keeps two of them where only root looks.
need_servers() {
  export PATH=$PATH:/usr/sbin:/sbin
  apt_install nginx nginx
  apt_install haproxy haproxy
  apt_install caddy caddy
  apt_install node nodejs
}

apt_try() {
  local policy=/usr/sbin/policy-rc.d ours='' code=0
  if [ ! -e "$policy" ]; then
    ours=1
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod +x "$policy"
  fi
  as_root apt-get update -qq </dev/null >/dev/null &&
    as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null || code=$?
  if [ "$ours" ]; then as_root rm -f "$policy"; fi
  return "$code"
}

# free_port: a TCP port of the loopback interface that nobody listens on.
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); port_taken "$port"; do :; done
  echo "$port"
}

# port_taken PORT: does anybody listen there?
port_taken() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# machine_rid: .NET's name for this machine's system and processor.
machine_rid() {
  case $(uname -m) in
    aarch64 | arm64) echo linux-arm64 ;;
    *) echo linux-x64 ;;
  esac
}

# in_background LIMIT COMMAND...: runs a command for so many seconds at most; a signal to the script is acted on at once
# rather than when the command has ended.
in_background() {
  local limit=$1 code=0
  shift
  timeout --kill-after=20 "$limit" "$@" </dev/null &
  in_background_pid=$!
  wait "$in_background_pid" || code=$?
  in_background_pid=
  return "$code"
}

# stop_background: ends what runs in the background, and whatever it has started: `timeout` passes the signal to its group.
stop_background() {
  if [ "${in_background_pid:-}" ]; then kill -TERM "$in_background_pid" 2>/dev/null || true; fi
  wait
}
