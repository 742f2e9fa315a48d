# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The guest's first file system: busybox, the modules without which it cannot reach the host's files, the scripts that
# set it up, and the command. Made anew for every run, which takes a tenth of a second.

GUEST_MODULES=(virtio_pci virtio_console virtiofs overlay)

# The modules in the order of loading, decompressed; those that the kernel has built in need nothing.
add_modules() { # DESTINATION KERNEL-DIR
    local release module file
    release="$(basename "$2"/lib/modules/*)"
    for module in "${GUEST_MODULES[@]}"; do
        modprobe -d "$2" -S "$release" -C /dev/null --show-depends "$module"
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r file; do
        module="$(basename "$file" | sed 's/\.ko.*//').ko"
        case "$file" in
            *.xz) "$TOOLS/bin/busybox" xzcat "$file" >"$1/$module" ;;
            *) cp "$file" "$1/$module" ;;
        esac
        echo "$module"
    done >"$1/order"
}

# The command as a script: this environment, this limit of open files, this directory, these words.
write_command() { # COMMAND...
    (
        unset "${!SLOTSCOPE_VM_@}"
        export -p
    )
    printf 'ulimit -Sn %s\n' "$(ulimit -Sn)"
    printf 'cd %q || exit 125\n' "$PWD"
    printf 'exec'
    printf ' %q' "$@"
    echo
}

make_initramfs() { # DIRECTORY COMMAND...
    local root="$1/initramfs.d" release
    release="$(basename "$KERNEL"/lib/modules/*)"
    mkdir -p "$root"/{bin,proc,sys,dev,host,memory,root,vm/modules}
    cp "${USERLAND:-$TOOLS}/bin/busybox" "$root/bin/" # of the guest's architecture
    cp "$VM/guest-init" "$root/init"
    cp "$VM/guest-main" "$root/vm/main"
    chmod 755 "$root/init"
    add_modules "$root/vm/modules" "$KERNEL"
    write_command "${@:2}" >"$root/vm/command"
    echo "$KERNEL/lib/modules/$release" >"$root/vm/kernel-modules"
    echo "$SLOTSCOPE_VM_SHARE" >"$root/vm/share"
    echo "$USERLAND" >"$root/vm/userland"
    # What must not be hidden where the guest gets an empty directory of its own.
    printf '%s\n' "$PWD" "$(realpath "$VM/../..")" "$KERNEL" >"$root/vm/keep"
    (cd "$root" && find . | "$TOOLS/bin/busybox" cpio -o -H newc 2>/dev/null) >"$1/initramfs"
    rm -rf "$root"
}
