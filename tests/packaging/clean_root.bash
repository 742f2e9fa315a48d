# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A root directory as debootstrap makes it from the first Debian archive among apt's own sources. Needs root and "die".

# Runs a command in $ROOT with nothing of this environment.
inside() {
    chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"
}

# With /proc mounted in it, and no service started by packages; the caller unmounts.
make_clean_root() { # DIRECTORY PACKAGES LOG
    local entry site codename root="$1"
    # shellcheck disable=SC2016 # apt's own variables
    entry="$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(CREATED_BY)|$(CODENAME)|$(SITE)' |
        awk -F'|' '$1 == "Debian" && $2 == "Debian" && $3 == "main" && $4 == "Packages" && $5 !~ /-/ { print $5, $6; exit }')"
    read -r codename site <<<"$entry"
    [[ -n "$codename" ]] || die "apt knows no Debian archive; does it need an 'apt-get update'?"
    debootstrap --variant=minbase --include="$2" "$codename" "$root" "$site" >"$3" 2>&1 || die "debootstrap failed: $(tail -n 20 "$3")"
    rm -f "$root/etc/apt/sources.list" # debootstrap's own names the archive a second time
    cp -a /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/keyrings "$root/etc/apt/" 2>/dev/null || true
    cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/" 2>/dev/null || true
    mount -t proc proc "$root/proc"
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    inside apt-get update -qq >"$3" 2>&1 || die "no packages inside: $(tail -n 20 "$3")"
}

# The same package with a higher version and other defaults in its configuration.
make_upgrade() { # PACKAGE DIRECTORY RESULT
    dpkg-deb -R "$1" "$2"
    sed -i 's/^Version: .*/&+next/' "$2/DEBIAN/control"
    echo "# a new default" >>"$2/etc/slotscope/slotscope.toml"
    dpkg-deb -b --root-owner-group "$2" "$3" >/dev/null
}
