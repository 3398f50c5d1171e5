# A berthd of its own to be fuzzed, sourced by the scripts beside it: its data in $run, its log in $log, its process in $pid.
# shellcheck shell=bash disable=SC2154

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

run=$(mktemp -d)
pid=
sftp_port=$(free_port) api_port=$(free_port)
trap 'stop; rm -rf -- "$run"' EXIT

# start PROGRAM WORD NAME=VALUE…: runs it until its log has the word.
start() {
    local program=$1 word=$2
    shift 2
    env BERTHD_DATA="$run/data" BERTHD_API_LISTEN="127.0.0.1:$api_port" BERTHD_SFTP_LISTEN="127.0.0.1:$sftp_port" \
        BERTHD_SFTP_TRUSTED_NETWORKS=127.0.0.0/8 BERTHD_API_REQUESTS_PER_SECOND_PER_ADDRESS=0 \
        BERTHD_API_REQUESTS_PER_SECOND_PER_KEY=0 "$@" "$program" run 2>"$log" </dev/null &
    pid=$!
    for _ in $(seq 300); do
        if grep -q -- "$word" "$log"; then return; fi
        kill -0 "$pid" || break
        sleep 0.1
    done
    die "berthd did not start: $(tail -n 3 "$log")"
}

stop() {
    [ -n "$pid" ] || return 0
    kill -- "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    pid=
}

# make_key PROGRAM: an API key, in $key.
make_key() {
    key=$("$1" api-key create --data "$run/data" --name fuzz 2>/dev/null | grep -oE 'berth_[A-Za-z0-9_-]{43}')
}

# A partner, in BERTH_TEST_USER and BERTH_TEST_PASSWORD.
make_partner() {
    local user
    user=$(curl -sS -H "Authorization: Key $key" -H 'Content-Type: application/json' \
        --data '{"homeDirectory": "/fuzz", "description": "fuzz"}' "http://127.0.0.1:$api_port/2022-04-01/users")
    field() { python3 -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$user" "$1"; }
    BERTH_TEST_USER=$(field username) BERTH_TEST_PASSWORD=$(field password)
    export BERTH_TEST_USER BERTH_TEST_PASSWORD
}
