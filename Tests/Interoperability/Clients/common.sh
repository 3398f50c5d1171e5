# shellcheck shell=bash
# Shared by the drivers that are shell scripts. Sourced, never run.
set -euo pipefail

L=${BERTH_LOCAL:-}
R=${BERTH_REMOTE:-}
export L R

# A step that the driver does not know.
unknown() {
    echo "unknown step: $1" >&2
    exit 64
}

# need PROGRAM…: ends with 69 when one is not installed.
need() {
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || {
            echo "$program is not installed" >&2
            exit 69
        }
    done
}

# The version of a Debian package: of what is installed, or of the suite that `suite` has chosen.
debian_version() {
    if [ -n "${BERTH_SUITE:-}" ]; then
        sed -n "s/^$1 //p" "$BERTH_SUITE/packages"
    else
        dpkg-query -W -f '${Version}\n' "$1"
    fi
}

password() { head -n 1 -- "$BERTH_PASSWORD_FILE"; }

# What OpenSSH's programs ask for the password.
answer_ssh() {
    printf '#!/bin/sh\nexec head -n 1 "$BERTH_PASSWORD_FILE"\n' >"$HOME/askpass"
    chmod 700 "$HOME/askpass"
    export SSH_ASKPASS=$HOME/askpass SSH_ASKPASS_REQUIRE=force
}

# Options of OpenSSH's programs: nothing of the person's own configuration.
ssh_options=(
    -F /dev/null -o BatchMode=no -o StrictHostKeyChecking=yes -o "UserKnownHostsFile=${BERTH_KNOWN_HOSTS:-}"
    -o GlobalKnownHostsFile=/dev/null -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 -o LogLevel=ERROR
    -o ConnectTimeout=10
)
export ssh_options
