#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the package of a build directory's programs, lets lintian judge it, installs it in a clean root directory, upgrades
# it, removes and purges it, and looks at what is there after each; makes the image of the container file, and runs it as
# containers run. Needs root, and a Debian archive among apt's sources.
#
# usage: install_test.sh BUILD_DIRECTORY
# Prints a line for each thing that it checked; exit 0 only where all are right.
# shellcheck disable=SC2317 # what only "check" and "trap" call is reachable
set -uo pipefail

HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
BUILD="$1"
PACKAGE= # its path, once it is made
IMAGE=
WORK="$(mktemp -d /tmp/slotscope-install.XXXXXX)"
ROOT="$WORK/root"
FAILED=0

finish() {
    umount -R "$ROOT/proc" 2>/dev/null
    rm -rf --one-file-system "$WORK"
}
trap finish EXIT

die() {
    echo "install_test: $*" >&2
    exit 1
}

check() { # WHAT COMMAND...
    local what="$1"
    shift
    if "$@" >"$WORK/said" 2>&1; then
        echo "ok      $what"
    else
        echo "FAILED  $what: $(tail -n 5 "$WORK/said")"
        FAILED=1
    fi
}

not() {
    ! "$@"
}

same() { # EXPECTED ACTUAL
    [[ "$1" == "$2" ]] || {
        echo "expected '$1', found '$2'"
        return 1
    }
}

everything_in() { # what the package could leave
    (cd "$ROOT" && find . -xdev \( -path ./proc -o -path ./tmp -o -path ./var/lib/dpkg -o -path ./var/cache -o -path ./var/log \) -prune \
        -o -name '*slotscope*' -print)
}

check_installed() {
    check "apt installs it with what it depends on" inside apt-get install -y -qq --no-install-recommends /tmp/slotscope.deb
    check "no file is missing or changed" same "" "$(inside dpkg --verify slotscope)"
    check "slotscoped runs: its libraries are there" inside slotscoped --version
    check "slotscope runs" inside slotscope --version
    check "the configuration is right, and says nothing new" inside slotscoped --check-config
    # shellcheck disable=SC2016 # dpkg-query's own variable
    check "it is a configuration file to dpkg" grep -q slotscope.toml <(inside dpkg-query -W -f '${Conffiles}' slotscope)
    check "the group is there" inside getent group slotscope
    check "the user may not log in" grep -q ':/usr/sbin/nologin$' <(inside getent passwd slotscope)
    check "the service is enabled" test -L "$ROOT/etc/systemd/system/multi-user.target.wants/slotscoped.service"
    check "the man pages are there" test -e "$ROOT/usr/share/man/man8/slotscoped.8.gz" -o -e "$ROOT/etc/dpkg/dpkg.cfg.d/docker"
    check "the licences are there" grep -q 'GPL-2' "$ROOT/usr/share/doc/slotscope/copyright"
    check "the client says what to do without an agent" grep -q 'is it running' <(inside slotscope backends 2>&1)
}

# The image of the container file, on a base that is the clean root directory: nothing comes from a registry. IMAGE: its files.
make_image() {
    local tools=(buildah --root "$WORK/images" --runroot "$WORK/images.run" --storage-driver vfs) container
    local options=(build --isolation chroot --pull-never --quiet)
    mkdir -p "$WORK/base" "$WORK/context"
    tar -C "$ROOT" --one-file-system -cf "$WORK/base/root.tar" .
    printf 'FROM scratch\nADD root.tar /\n' >"$WORK/base/Containerfile"
    cp "$PACKAGE" "$WORK/context"
    "${tools[@]}" "${options[@]}" --tag docker.io/library/debian:bookworm-slim "$WORK/base" &&
        "${tools[@]}" "${options[@]}" --tag slotscope --file "$HERE/../../packaging/container/Containerfile" "$WORK/context" &&
        container="$("${tools[@]}" from --pull-never slotscope)" &&
        IMAGE="$("${tools[@]}" mount "$container")"
}

# As packaging/container and packaging/kubernetes start it: root with five capabilities, a read-only root directory.
run_as_container() { # DIRECTORY
    mkdir -p "$1/var/lib/slotscope"
    # shellcheck disable=SC2016 # expanded within
    unshare --mount --propagation private bash -ec '
        mount --bind "$1" "$1"
        mount -t proc proc "$1/proc"
        mount --rbind /sys "$1/sys"
        mount -t tmpfs tmpfs "$1/run"
        mount -t tmpfs tmpfs "$1/var/lib/slotscope"
        mount -o remount,bind,ro "$1"
        exec chroot "$1" setpriv --bounding-set=-all,+bpf,+perfmon,+sys_admin,+sys_ptrace,+dac_read_search --inh-caps=-all \
            /bin/sh -c "
                touch /etc/written 2>/dev/null && exit 9
                slotscoped --metrics off >/run/said 2>&1 &
                agent=\$!
                for i in \$(seq 300); do grep -q ready /run/said && break; kill -0 \$agent || break; sleep 0.2; done
                status=0
                slotscope --output json status || status=\$?
                kill \$agent
                wait \$agent
                cat /run/said
                exit \$status"' bash "$1"
}

check_container() {
    local said
    check "the container file makes an image" make_image
    said="$(run_as_container "$IMAGE" 2>&1)"
    check "it runs in a read-only root with the container's capabilities" grep -q '"complete":true' <<<"$said"
    check "and warns of nothing" grep -q '"warnings":\[\]' <<<"$said"
    check "its log says what giving the socket to the group needs" grep -q 'only root can use it; root needs CAP_CHOWN' <<<"$said"
    check "with the two that it keeps, and the one of the discovery" \
        grep -q '"capabilities":\["CAP_DAC_READ_SEARCH","CAP_SYS_PTRACE","CAP_SYS_ADMIN"\]' <<<"$said"
}

check_upgraded() {
    echo 'log_level = "warn" # changed here' >>"$ROOT/etc/slotscope/slotscope.toml"
    inside adduser --quiet --disabled-password --gecos "" oncall
    inside adduser --quiet oncall slotscope
    mkdir -p "$ROOT/var/lib/slotscope" && echo history >"$ROOT/var/lib/slotscope/history"
    make_upgrade "$PACKAGE" "$WORK/next" "$ROOT/tmp/next.deb"
    check "an upgrade asks nothing where told to keep" inside apt-get install -y -qq -o Dpkg::Options::=--force-confold /tmp/next.deb
    check "a changed configuration is kept" grep -q 'changed here' "$ROOT/etc/slotscope/slotscope.toml"
    check "the new one lies beside it" grep -q 'a new default' "$ROOT/etc/slotscope/slotscope.toml.dpkg-dist"
    check "the history is kept" test -e "$ROOT/var/lib/slotscope/history"
    check "members of the group stay" grep -q oncall <(inside getent group slotscope)
}

check_removed() {
    check "it can be removed" inside apt-get remove -y -qq slotscope
    check "the configuration stays" grep -q 'changed here' "$ROOT/etc/slotscope/slotscope.toml"
    check "the history stays" test -e "$ROOT/var/lib/slotscope/history"
    check "the programs are gone" not test -e "$ROOT/usr/sbin/slotscoped"
    check "it can be purged" inside apt-get purge -y -qq slotscope
    check "nothing is left" same "" "$(everything_in)"
    check "no user" not inside getent passwd slotscope
    check "no group" not inside getent group slotscope
}

make_package() {
    local said
    said="$("$HERE/../../scripts/package" --build "$BUILD" --out "$WORK/package" 2>&1)" || die "$said"
    PACKAGE="$(tail -n 1 <<<"$said")"
}

((EUID == 0)) || die "needs root, for a root directory of its own"
# shellcheck source=tests/packaging/clean_root.bash
source "$HERE/clean_root.bash"
make_package
check "lintian sees no error" lintian --fail-on error,warning "$PACKAGE"
make_clean_root "$ROOT" adduser "$WORK/log"
cp "$PACKAGE" "$ROOT/tmp/slotscope.deb"
check_container
check_installed
check_upgraded
check_removed
exit "$FAILED"
