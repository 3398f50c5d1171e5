# shellcheck shell=bash
# Shared by the programs in this directory: what they say, what they install, where things are. Sourced, never run.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
export root

# The first libssh of Debian 12 that checks the tags of AES-GCM packets and refuses a maximum packet size of zero.
libssh_floor='0.10.6-0+deb12u3'

say() { printf '%s\n' "$*" >&2; }

step() { printf '\n==> %s\n' "$*" >&2; }

die() {
    printf '%s: %s\n' "$(basename -- "$0")" "$*" >&2
    exit 1
}

# Runs a shell command line as root, or says which one to run and stops.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        sh -c "$1" >&2
    elif command -v sudo >/dev/null; then
        sudo sh -c "$1" >&2
    else
        say "This step needs root and there is no sudo. Run this as root, then start again:"
        say ""
        say "    $1"
        say ""
        exit 1
    fi
}

package_version() {
    dpkg-query -W -f '${db:Status-Abbrev} ${Version}\n' "$1" 2>/dev/null | sed -n 's/^ii *//p' | head -n 1
}

# need_packages NAME…: installs those Debian packages that are missing.
need_packages() {
    local missing=() name
    for name in "$@"; do
        [ -n "$(package_version "$name")" ] || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null ||
        die "these packages (or what they are called here) are missing and there is no apt-get: ${missing[*]}"
    step "Installing ${missing[*]}"
    apt_install "${missing[@]}"
}

apt_install() {
    as_root "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $*"
}

# Where clients that are not Debian's are put.
clients_build=${BERTH_INTEROP_BUILD:-$root/.build/interoperability}

# need_python_clients FILE…: what each of these files asks of PyPI, in a place of its own.
need_python_clients() {
    local wanted venv
    # Where one can't be had, the tests say which are missing, and fail.
    for wanted in "$@"; do
        venv=${wanted##*/requirements} venv=$clients_build/python${venv%.txt}
        if ! cmp -s -- "$wanted" "$venv/requirements.txt"; then
            step "Installing clients from PyPI: $(grep -v '^#' "$wanted" | xargs)"
            if python3 -m venv "$venv" && "$venv/bin/pip" install -q --disable-pip-version-check -r "$wanted"; then
                cp -- "$wanted" "$venv/requirements.txt"
            else
                say "not installed: the clients in $wanted"
            fi
        fi
    done
}

# libssh at its floor: stock 0.10.6 takes AES-GCM packets with a wrong tag as good.
need_libssh() {
    command -v dpkg >/dev/null || return 0
    local version
    version=$(package_version libssh-4)
    [ -n "$version" ] || return 0
    if dpkg --compare-versions "$version" lt "$libssh_floor"; then
        step "Upgrading libssh from $version: Berth needs $libssh_floor or newer"
        apt_install libssh-4 libssh-dev
        version=$(package_version libssh-4)
        dpkg --compare-versions "$version" ge "$libssh_floor" ||
            die "libssh-4 is still $version; add Debian's security archive to the package sources (it has $libssh_floor)"
    fi
}

# What the build links against, and what the Swift compiler calls.
need_build_packages() {
    if command -v dpkg >/dev/null; then
        need_packages libssh-dev libsqlite3-dev git libc6-dev pkg-config "$@"
        need_libssh
        # Any version of the C++ library's development files does.
        compgen -G '/usr/lib/gcc/*/*/libstdc++.so' >/dev/null || need_packages g++
    else
        local name
        for name in libssh sqlite3; do
            pkg-config --exists "$name" 2>/dev/null ||
                die "the development files of $name are missing (Debian calls them libssh-dev and libsqlite3-dev)"
        done
    fi
    need_swift
}

need_swift() {
    command -v swift >/dev/null ||
        die "there is no 'swift' in PATH. Berth is built with Swift 6.2 or newer: https://www.swift.org/install/linux/"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    case $version in
    [0-5].* | 6.[01]) die "Swift $version is too old: Berth is built with Swift 6.2 or newer" ;;
    esac
}
