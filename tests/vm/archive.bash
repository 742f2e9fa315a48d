# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Packages of any suite of the archive that this machine's apt already uses, without changing what apt knows: a private
# configuration, whose one source is the machine's own entry (mirror, keyring, options) with another suite. ARCH is the
# architecture of the packages, which the machine need not have.

# The machine's entry for its distribution: "FILE URI" of the first source that calls itself Debian.
archive_entry() {
    local entry
    # shellcheck disable=SC2016 # apt's own variables
    entry="$(apt-get indextargets --format \
        '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(CREATED_BY)|$(SOURCESENTRY)|$(REPO_URI)' |
        awk -F'|' '$1 == "Debian" && $2 == "Debian" && $3 == "main" && $4 == "Packages" {
            sub(/:[0-9]+$/, "", $5); sub(/\/$/, "", $6); print $5, $6; exit }')"
    [[ -n "$entry" ]] ||
        die "apt knows no Debian archive: this needs one among its sources, and an 'apt-get update' since it is there"
    echo "$entry"
}

# A .sources file's paragraph of that URI, with another suite. $4: a keyring instead of the entry's own, or nothing.
source_deb822() { # FILE URI SUITE KEYRING
    awk -v uri="$2" -v keyring="$4" '
        BEGIN { RS = ""; FS = "\n" }
        function has_uri(text,    words, n, i) {
            n = split(text, words, /[ \t\n]+/)
            for (i = 1; i <= n; i++) { sub(/\/$/, "", words[i]); if (words[i] == uri) return 1 }
            return 0
        }
        !has_uri($0) { next }
        {
            for (i = 1; i <= NF; i++) {
                if ($i ~ /^#/) continue
                if ($i !~ /^[ \t]/)
                    dropped = tolower($i) ~ /^(types|suites|components|architectures|pdiffs):/ ||
                        (keyring != "" && tolower($i) ~ /^signed-by:/)
                if (!dropped) print $i
            }
            exit
        }' "$1"
    printf 'Types: deb\nSuites: %s\nComponents: main\nArchitectures: %s\n' "$3" "$ARCH"
    [[ -z "$4" ]] || printf 'Signed-By: %s\n' "$4"
}

# The same of a one-line source.
source_one_line() { # FILE URI SUITE KEYRING
    local options
    options="$(grep -F "$2" "$1" | sed -nE 's/^deb[[:space:]]+\[([^]]*)\].*/\1/p' | head -n 1 |
        tr -s ' ' '\n' | grep -vE '^(arch|pdiffs)=' | xargs || true)"
    [[ -z "$4" ]] || options="$(xargs -n 1 <<<"$options" | grep -v '^signed-by=' | xargs || true) signed-by=$4"
    printf 'deb [arch=%s %s] %s %s main\n' "$ARCH" "$options" "$2" "$3"
}

# Writes the private configuration into a directory. What the machine says of acquiring (a proxy, say) holds here too;
# its hooks, preferences and installed packages do not.
archive_configure() { # DIR SUITE [KEYRING]
    local dir="$1" entry file uri list
    entry="$(archive_entry)"
    file="${entry%% *}"
    uri="${entry#* }"
    mkdir -p "$dir"/{lists/partial,cache/archives/partial,none}
    : >"$dir/status"
    if [[ "$file" == *.sources ]]; then
        list="$dir/suite.sources"
        source_deb822 "$file" "$uri" "$2" "${3:-}" >"$list"
    else
        list="$dir/suite.list"
        source_one_line "$file" "$uri" "$2" "${3:-}" >"$list"
    fi
    {
        apt-config dump | grep '^Acquire::' || true
        printf 'APT::Architecture "%s";\nAPT::Architectures { "%s"; };\n' "$ARCH" "$ARCH"
        printf 'Dir::Etc::%s "/dev/null";\n' main preferences
        printf 'Dir::Etc::%s "%s/none";\n' parts "$dir" preferencesparts "$dir" sourceparts "$dir"
        printf 'Dir::%s;\n' "Etc::sourcelist \"$list\"" "State \"$dir\"" "State::lists \"$dir/lists\"" \
            "State::status \"$dir/status\"" "Cache \"$dir/cache\""
        printf 'Acquire::%s;\n' 'Languages "none"' 'IndexTargets::deb::Contents-deb::DefaultEnabled "false"'
    } >"$dir/apt.conf"
}

private_apt() { # DIR APT-GET'S ARGUMENTS
    local dir="$1"
    shift
    APT_CONFIG="$dir/apt.conf" apt-get -qq "$@"
}

# Opens a suite in a directory: afterwards archive_closure and archive_download work there. Where the machine's keyring
# is older than the suite, the archive's current keyring package is asked, which the machine's own keys vouch for.
archive_open() { # DIR SUITE
    archive_configure "$1" "$2"
    ! private_apt "$1" -o APT::Update::Error-Mode=any update >"$1/log" 2>&1 || return 0
    if grep -qE 'NO_PUBKEY|not signed|verif' "$1/log"; then
        say "the archive's key for $2 is not in this machine's keyring; taking the one of debian-archive-keyring"
        (cd "$1/cache" && apt-get -qq download debian-archive-keyring && dpkg -x debian-archive-keyring_*.deb .) >>"$1/log" 2>&1 ||
            { cat "$1/log" >&2; die "cannot get the package debian-archive-keyring"; }
        archive_configure "$1" "$2" "$1/cache/usr/share/keyrings/debian-archive-keyring.gpg"
        ! private_apt "$1" -o APT::Update::Error-Mode=any update >>"$1/log" 2>&1 || return 0
    fi
    cat "$1/log" >&2
    die "cannot read the suite $2 of the machine's archive (what apt said is above)"
}

# What has to be unpacked for packages (NAME or NAME=VERSION): "NAME VERSION" of each, they included. Fails where the
# archive does not have one of them.
archive_closure() { # DIR PACKAGE...
    local dir="$1"
    shift
    private_apt "$dir" -s --no-install-recommends install "$@" 2>/dev/null |
        sed -nE 's/^Inst ([^ ]+) (\[[^]]*\] )?\(([^ ]+) .*/\1 \3/p'
}

# Downloads "NAME VERSION" lines of standard input, checked against the suite's signed index.
archive_download() { # DIR DESTINATION
    local packages
    mapfile -t packages < <(tr ' ' '=')
    mkdir -p "$2"
    # apt fetches as a user of its own, who has to get there.
    chmod 755 "$2"
    ! id _apt >/dev/null 2>&1 || chown _apt "$2"
    (cd "$2" && private_apt "$1" download "${packages[@]}") >"$1/log" 2>&1 ||
        { cat "$1/log" >&2; die "cannot download ${packages[*]}"; }
}
