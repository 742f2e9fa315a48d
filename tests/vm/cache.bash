# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The sets of the table (tests/vm/kernels), unpacked: CACHE/NAME. Nothing here needs the network once a set is there.
#   CACHE/NAME/rows       the table's rows that it was made for
#   CACHE/NAME/version    the version it really has, of the set's first package
#   CACHE/KERNEL/         vmlinuz, config, lib/modules/RELEASE
#   CACHE/tools*/         a root directory, of this machine's architecture
#   CACHE/userland-ARCH/  a root directory: the guest's files where its architecture is another, and what is built against

TABLE="$VM/kernels"
CACHE="$(realpath -m "${SLOTSCOPE_VM_CACHE:-/var/cache/slotscope-vm}")"
HOST_ARCH="$(dpkg --print-architecture)"

table_names() {
    awk '/^[^#]/ && !seen[$1]++ { print $1 }' "$TABLE"
}

table_rows() { # NAME
    awk -v name="$1" '/^[^#]/ && $1 == name { $1 = $1; print }' "$TABLE"
}

default_kernel() {
    table_names | head -n 1
}

# What --fetch takes without a name: nothing of another architecture, and not what only such a guest needs.
own_names() {
    awk -v arch="$HOST_ARCH" '/^[^#]/ && $2 == arch && $1 !~ /^tools-/ && !seen[$1]++ { print $1 }' "$TABLE"
}

architecture_of() { # NAME
    table_rows "$1" | awk 'NR == 1 { print $2 }'
}

is_kernel() { # NAME
    [[ "$1" != tools* && "$1" != userland-* ]]
}

# Besides the kernel, what a guest of it needs.
sets_of() { # KERNEL
    local arch
    arch="$(architecture_of "$1")"
    if [[ "$arch" == "$HOST_ARCH" ]]; then echo "$1" tools; else echo "$1" "tools-$arch" "userland-$arch"; fi
}

pinned_version() { # NAME
    table_rows "$1" | awk 'NR == 1 { print $5 }'
}

# A set counts only for the rows it was made for: another pin makes it stale.
cached() { # NAME
    [[ -r "$CACHE/$1/rows" && "$(<"$CACHE/$1/rows")" == "$(table_rows "$1")" ]]
}

list_sets() {
    local name format='%-14s %-10s %-28s %s\n'
    # shellcheck disable=SC2059 # the same columns twice
    printf "$format" NAME SUITE PINNED CACHED
    for name in $(table_names); do
        # shellcheck disable=SC2059
        printf "$format" "$name" "$(table_rows "$name" | awk 'NR == 1 { print $3 }')" \
            "$(pinned_version "$name")" "$(cached "$name" && cat "$CACHE/$name/version" || echo -)"
    done
}

# "NAME VERSION" of all packages of a set: the pinned ones, else what the suite has now.
set_packages() { # NAME APT-DIR
    local pinned current
    mapfile -t pinned < <(table_rows "$1" | awk '{ print $4 "=" $5 }')
    mapfile -t current < <(table_rows "$1" | awk '{ print $4 }')
    archive_closure "$2" "${pinned[@]}" || {
        say "$1: the archive no longer has ${pinned[*]}; taking what the suite has now: put that into tests/vm/kernels"
        archive_closure "$2" "${current[@]}" || die "$1: the archive has no ${current[*]}"
    }
}

# Of a kernel's dependencies only its own files are wanted, not what would install it.
kernel_packages() {
    grep -E '^linux-(image|binary|modules|base)-.*cloud'
}

# From the packages' layout, which has changed (from 7.2 on all is in usr/lib/modules), to ours.
arrange_kernel() { # UNPACKED DESTINATION
    local release modules
    modules="$(find "$1" -type d -path '*/lib/modules/*' -prune | head -n 1)"
    release="${modules##*/}"
    mkdir -p "$2/lib/modules"
    mv "$modules" "$2/lib/modules/"
    mv "$(find "$1/boot" "$2/lib/modules" -name 'vmlinuz*' 2>/dev/null | head -n 1)" "$2/vmlinuz"
    mv "$(find "$1/boot" "$2/lib/modules" -maxdepth 2 -name 'config*' 2>/dev/null | head -n 1)" "$2/config" ||
        true # only for people to read
    depmod -b "$2" "$release"
}

# Debian's merged directories, and the users that every system has, come with packages that only installing would set up.
arrange_root() { # UNPACKED DESTINATION
    local dir file target
    mv "$1" "$2"
    for dir in bin sbin lib lib64; do
        if [[ -d "$2/$dir" && ! -L "$2/$dir" ]]; then
            mkdir -p "$2/usr/$dir"
            cp -a "$2/$dir/." "$2/usr/$dir/"
            rm -r "${2:?}/$dir"
        fi
        [[ -e "$2/$dir" ]] || ln -s "usr/$dir" "$2/$dir"
    done
    for file in passwd group; do
        [[ ! -e "$2/usr/share/base-passwd/$file.master" ]] || cp "$2/usr/share/base-passwd/$file.master" "$2/etc/$file"
    done
    # Links between libraries hold from the guest's root directory only.
    find "$2/usr/lib" -lname '/*' -printf '%P %l\n' | while read -r file target; do
        ln -sfr "$2$target" "$2/usr/lib/$file"
    done
    # Mount points: the host's files, the shared directory, and what a program wants.
    mkdir -p "$2"/{host,share,dev,proc,run,sys,tmp,var}
}

fetch_set() { # NAME
    local name="$1" work="$CACHE/.fetch" suite deb ARCH
    # shellcheck disable=SC2034 # for archive.bash
    ARCH="$(architecture_of "$name")"
    suite="$(table_rows "$name" | awk '{ print $2, $3 }' | sort -u)"
    [[ "$(wc -l <<<"$suite")" == 1 ]] || die "$TABLE: the rows of $name are not of one suite and one architecture"
    suite="${suite#* }"
    say "fetching $name ($suite)"
    rm -rf "$work" && mkdir -p "$work/unpacked" "$work/set"
    archive_open "$work/apt" "$suite"
    set_packages "$name" "$work/apt" >"$work/all"
    ! is_kernel "$name" || { kernel_packages <"$work/all" >"$work/wanted" && mv "$work/wanted" "$work/all"; }
    [[ -s "$work/all" ]] || die "$name: the suite $suite has no such package"
    archive_download "$work/apt" "$work/debs" <"$work/all"
    for deb in "$work"/debs/*.deb; do
        dpkg -x "$deb" "$work/unpacked"
    done
    if is_kernel "$name"; then
        arrange_kernel "$work/unpacked" "$work/set"
    else
        rmdir "$work/set"
        arrange_root "$work/unpacked" "$work/set"
    fi
    awk -v package="$(table_rows "$name" | awk 'NR == 1 { print $4 }')" '$1 == package { print $2 }' \
        "$work/all" >"$work/set/version"
    table_rows "$name" >"$work/set/rows"
    rm -rf "${CACHE:?}/$name" && mv "$work/set" "$CACHE/$name"
}

# Makes sure that sets are there; one process at a time.
need_sets() { # NAME...
    local name
    for name in "$@"; do
        [[ -n "$(table_rows "$name")" ]] || die "no '$name' in tests/vm/kernels; scripts/vm --list shows what there is"
    done
    for name in "$@"; do
        cached "$name" && continue
        ((EUID == 0)) || die "$name is not cached yet; fetching it needs root"
        mkdir -p "$CACHE"
        (
            flock 9
            trap 'rm -rf "$CACHE/.fetch"' EXIT
            cached "$name" || fetch_set "$name"
        ) 9>"$CACHE/.lock"
    done
}
