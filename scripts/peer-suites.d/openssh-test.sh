# shellcheck shell=sh disable=SC2034,SC1090,SC2154
# What OpenSSH's test-exec.sh runs in place of one of its scripts: it reports each case on a line of its own, points the
# tests that connect by ssh at the server, and then reads the script itself (PEER_SCRIPT).
SCRIPT=$PEER_SCRIPT
SRC=$(dirname "$SCRIPT")

verbose() {
    case $1 in
    ok) ;;
    *) echo "PEER-CASE $*" ;;
    esac
}

fail() {
    RESULT=1
    echo "PEER-FAIL $*"
}

fatal() {
    fail "$@"
    echo "PEER-END"
    cleanup
    exit 1
}

skip() {
    echo "PEER-SKIP $*"
    echo "PEER-END"
    cleanup
    exit 0
}

if [ "$PEER_SERVER" = berth ]; then
    # No sshd of their own: the configuration of the client leads to Berth instead, with its user and password.
    start_sshd() {
        USER=$PEER_USER
        PORT=$PEER_PORT
        SSH_ASKPASS=$PEER_ASKPASS
        SSH_ASKPASS_REQUIRE=force
        export SSH_ASKPASS SSH_ASKPASS_REQUIRE
        cat >"$OBJ/ssh_config" <<TEXT
Host *
	Hostname		127.0.0.1
	Port			$PORT
	User			$USER
	UserKnownHostsFile	/dev/null
	StrictHostKeyChecking	no
	PubkeyAuthentication	no
TEXT
        # `sftp -b` forbids ssh to ask for a password; the first value that ssh is given holds.
        printf '#!/bin/sh\nexec %s -o BatchMode=no "$@"\n' "$REAL_SSH" >"$SSHLOGWRAP"
    }
fi

. "$SCRIPT"
echo "PEER-END"
