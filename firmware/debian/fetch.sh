#!/bin/bash
# Fetches Debian's riscv64 kernel, busybox, OpenSBI and U-Boot, and makes of them a guest that boots.
#
#   firmware/debian/fetch.sh [--update]
#
# Results, in ${RVX_CACHE:-${XDG_CACHE_HOME:-~/.cache}/rvx}/debian:
#   Image, kernel-release                         the kernel
#   initramfs.cpio                                busybox, modules and ./init; a second archive may follow it
#   fw_dynamic.bin, .elf, fw_jump.bin, .elf       OpenSBI
#   u-boot.bin                                    U-Boot for S-mode
#   busybox, modules/                             what the initramfs was made of
#
# Once fetched, it costs nothing and works offline; --update looks for newer packages. apt does the
# work, with the host's own mirror and proxy, an index of its own, and signatures checked. The mirror
# can be named in RVX_DEBIAN_MIRROR. Status: 0, or 125 with one line that says what is missing.
set -u
umask 022
export LC_ALL=C

suite=trixie
packages=(linux-image-riscv64 busybox-static opensbi u-boot-qemu)
modules=(virtio_mmio virtio_blk virtio_net virtio_rng virtio_balloon ext4 crc32c_generic overlay)

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
cache=${RVX_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/rvx}
debian=$cache/debian
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

die() { # MESSAGE
  echo "rvx: $1" >&2
  exit 125
}

# --- Packages -------------------------------------------------------------------------------------

# The Debian archives among the sources of the host's apt, likeliest first.
mirrors() {
  if [[ -n ${RVX_DEBIAN_MIRROR:-} ]]; then
    echo "$RVX_DEBIAN_MIRROR"
    return
  fi
  local format='$(ORIGIN)|$(LABEL)|$(RELEASE)|$(COMPONENT)|$(SITE)'
  { # The first knows only sources whose lists are downloaded, the second knows no origins.
    apt-get indextargets --format "$format"
    apt-get indextargets --format "$format" --no-release-info
  } 2>/dev/null |
    awk -F'|' '
      $4 != "main" || $3 ~ /security|backports/ { next }
      { rank = 3 }
      $5 ~ /\/debian\/?$/ { rank = 2 }
      $1 == "Debian" && $2 == "Debian" { rank = 1 }
      !seen[$5]++ { print rank, $5 }' |
    sort -s -n -k1,1 | cut -d' ' -f2-
}

# apt's configuration for a riscv64 index in DIR, apart from the host's own state.
apt_configuration() { # DIR
  cat <<END
#clear APT::Architectures;
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::IndexTargets::deb::Contents-deb;
#clear Acquire::IndexTargets::deb::DEP-11;
APT::Architecture "riscv64";
APT::Architectures { "riscv64"; };
APT::Default-Release "$suite";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::AllowInsecureRepositories "false";
APT::Get::AllowUnauthenticated "false";
Dir::Etc::sourcelist "$1/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "$1";
Dir::State::lists "$1/lists";
Dir::State::status "$1/status";
Dir::Cache "$1/cache";
END
}

# Downloads the packages into DIR.
download() { # DIR
  local dir=$1 log=$1/log mirror kernel updated=
  local -a apt=(-q -c "$dir/apt.conf" -o Acquire::Retries=2)
  mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
  : >"$dir/status"
  apt_configuration "$dir" >"$dir/apt.conf"
  for mirror in $(mirrors); do
    echo "deb [arch=riscv64 signed-by=$keyring] $mirror $suite main" >"$dir/sources.list"
    apt-get "${apt[@]}" -o APT::Update::Error-Mode=any update >>"$log" 2>&1 && updated=1 && break
  done
  [[ -n ${mirror:-} ]] || die "apt's sources name no Debian archive; name one in RVX_DEBIAN_MIRROR"
  [[ -n $updated ]] || unavailable "$log"
  kernel=$(apt-cache "${apt[@]}" depends linux-image-riscv64 2>>"$log" | sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p')
  (cd "$dir" && apt-get "${apt[@]}" download "${kernel:-${packages[0]}}" "${packages[@]:1}" >>"$log" 2>&1) ||
    unavailable "$log"
}

unavailable() { # LOG
  local reason
  reason=$(grep -m1 '^E:' "$1" 2>/dev/null)
  die "cannot fetch the Debian guest ($suite riscv64: ${packages[*]})${reason:+: ${reason#E: }}"
}

# --- Modules --------------------------------------------------------------------------------------

declare -A module_file=() module_done=()

# Cuts the signature off the module FILE. To check it costs the guest up to a thousand million
# instructions (ext4), more than all of its boot; apt has checked the package that it came in.
drop_signature() { # FILE
  local size length
  [[ $(tail -c 28 "$1") == '~Module signature appended~' ]] || return
  size=$(stat -c %s "$1")
  length=$((16#$(tail -c 32 "$1" | head -c 4 | od -An -v -tx1 | tr -d ' ')))
  truncate -s $((size - length - 40)) "$1"
}

# Copies module NAME and all it needs from the kernel's TREE to OUT and writes their lines of
# modules.dep, modules.alias. Sets `needed` to the file names, those needed first last.
add_module() { # NAME TREE OUT
  local name=${1//-/_} tree=$2 out=$3 file dependency info
  needed=
  [[ -n ${module_file[$name]:-} ]] || return # Part of the kernel.
  if [[ -z ${module_done[$name]:-} ]]; then
    file=$out/$name.ko
    case ${module_file[$name]} in
      *.xz) xz -dc "${module_file[$name]}" >"$file" ;;
      *.zst) zstd -qdc "${module_file[$name]}" >"$file" ;;
      *.gz) gzip -dc "${module_file[$name]}" >"$file" ;;
      *) cp "${module_file[$name]}" "$file" ;;
    esac || die "cannot unpack the kernel module $name"
    drop_signature "$file"
    info=$(tr '\0' '\n' <"$file" | sed -n -E 's/^(alias|depends)=/\1 /p')
    sed -n "s/^alias \(.*\)/alias \1 $name/p" <<<"$info" >>"$out/modules.alias"
    local all=
    for dependency in $(sed -n 's/^depends //p' <<<"$info" | tr ',' ' '); do
      add_module "$dependency" "$tree" "$out"
      for file in $needed; do [[ " $all " == *" $file "* ]] || all+=" $file"; done
    done
    module_done[$name]=$name.ko$all
    echo "$name.ko:$all" >>"$out/modules.dep"
  fi
  needed=${module_done[$name]}
}

# Copies the modules that the guest may load from the unpacked kernel in TREE to OUT.
collect_modules() { # TREE OUT
  local path name needed
  mkdir -p "$2"
  while read -r path; do
    name=${path##*/}
    name=${name%%.ko*}
    module_file[${name//-/_}]=$path
  done < <(find "$1" -name '*.ko*')
  : >"$2/modules.dep"
  : >"$2/modules.alias"
  for name in "${modules[@]}"; do add_module "$name" "$1" "$2"; done
  [[ -s $2/virtio_mmio.ko && -s $2/ext4.ko ]] || die "the kernel package lacks expected modules"
}

# --- The guest ------------------------------------------------------------------------------------

# Unpacks what the guest needs from the packages in DIR to OUT.
unpack() { # DIR OUT
  local dir=$1 out=$2 deb image
  for deb in "$dir"/*.deb; do
    dpkg-deb -x "$deb" "$dir/root" || die "cannot unpack ${deb##*/}"
    rm "$deb"
  done
  image=$(find "$dir/root/boot" -name 'vmlinu[xz]-*')
  [[ -s $image ]] || die "the kernel package holds no kernel"
  mkdir -p "$out"
  mv "$image" "$out/Image" &&
    echo "${image##*/vmlinu?-}" >"$out/kernel-release" &&
    cp "$dir"/root/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_{dynamic,jump}.{bin,elf} "$out/" &&
    cp "$dir/root/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin" "$out/" &&
    mv "$dir/root/usr/bin/busybox" "$out/" || die "a package lacks an expected file"
  collect_modules "$dir/root/usr/lib/modules" "$out/modules"
}

# The names of busybox's applets, read off the table in the program FILE.
applets() { # FILE
  tr '\0' '\n' <"$1" | awk 'previous ~ /\[$/ && $0 == "[[" { print "["; found = 1 }
    found { if ($0 == "") exit; print }
    { previous = $0 }'
}

# Makes DIR/initramfs.cpio. It is not compressed: a guest under emulation unpacks it faster that way.
make_initramfs() { # DIR SCRATCH
  local dir=$1 tree=$2/initramfs release applet
  read -r release <"$dir/kernel-release"
  mkdir -p "$tree"/{bin,dev,etc,lib/modules,mnt,proc,root,sys,tmp,rvx}
  cp "$dir/busybox" "$tree/bin/"
  for applet in $(applets "$dir/busybox" | grep -vx busybox); do ln -s busybox "$tree/bin/$applet"; done
  [[ -L $tree/bin/sh && -L $tree/bin/devmem ]] || find "$tree/bin" -type l -delete # /init makes them
  ln -s bin "$tree/sbin"
  cp "$dir"/modules/* "$tree/lib/modules/"
  ln -s . "$tree/lib/modules/$release"
  echo 'root:x:0:0:root:/root:/bin/sh' >"$tree/etc/passwd"
  echo 'root:x:0:' >"$tree/etc/group"
  cp "$here/init" "$tree/init"
  chmod 755 "$tree/init" "$tree/bin/busybox"
  find "$tree" -exec touch -h -d @0 {} +
  (cd "$tree" && find . -mindepth 1 | sort | cpio --quiet --reproducible -R +0:+0 -o -H newc) >"$2/initramfs.cpio" ||
    die "cannot write the initramfs"
  mv "$2/initramfs.cpio" "$dir/initramfs.cpio" && cp "$here/init" "$2/init" && mv "$2/init" "$dir/init"
}

fetched() { [[ -s $debian/initramfs.cpio && -s $debian/Image ]]; }
initramfs_current() { cmp -s "$here/init" "$debian/init"; }

update=
[[ ${1:-} == --update ]] && update=1
[[ -z $update ]] && fetched && initramfs_current && exit 0

for tool in apt-get apt-cache dpkg-deb cpio xz flock cmp awk; do
  command -v $tool >/dev/null || die "fetching the Debian guest needs $tool; on Debian: apt-get install apt dpkg cpio xz-utils util-linux diffutils mawk"
done
[[ -r $keyring ]] || die "fetching the Debian guest needs $keyring: apt-get install debian-archive-keyring"

mkdir -p "$cache" 2>/dev/null || die "cannot write to $cache"
exec 9>"$cache/debian.lock" || die "cannot write to $cache"
flock 9
[[ -z $update ]] && fetched && initramfs_current && exit 0 # somebody else did it

scratch=$(mktemp -d "$cache/fetch.XXXXXX") || die "cannot write to $cache"
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if fetched && [[ -z $update ]]; then
  make_initramfs "$debian" "$scratch"
else
  echo "rvx: fetching Debian's riscv64 kernel and firmware, 125 MB, once" >&2
  download "$scratch"
  unpack "$scratch" "$scratch/debian"
  make_initramfs "$scratch/debian" "$scratch"
  [[ ! -e $debian ]] || mv "$debian" "$scratch/old"
  mv "$scratch/debian" "$debian" || die "cannot write to $debian"
fi
