#!/bin/sh
# In the place of a program that lies packed until its first use (packed.ts): unpacks it and becomes it.
name=${0##*/}
store=/usr/lib/tiny/packed
list=/usr/lib/tiny/programs/$name

fail() {
  echo "$name: $1" >&2
  exit 126
}

if [ ! -w "$store" ]; then
  # Not root: busybox may have a command of that name.
  busybox --list | grep -qxF "$name" && exec busybox "$name" "$@"
  fail "not unpacked yet; root has to run it once"
fi

while read -r path; do
  [ -e "$store/$path.gz" ] || continue
  mkdir -p "/${path%/*}"
  gunzip -c "$store/$path.gz" >"/$path.$$" 2>/dev/null && chmod 755 "/$path.$$" && continue
  rm -f "/$path.$$"
  # Another use of it may have been quicker.
  [ ! -e "$store/$path.gz" ] || fail "no room to unpack /$path"
done <"$list"
# A machine that is cut off now must not keep an empty file where nothing is packed any more.
sync
while read -r path; do
  [ ! -e "/$path.$$" ] || { mv -f "/$path.$$" "/$path" && rm -f "$store/$path.gz"; }
done <"$list"
[ ! -L "$0" ] || fail "not unpacked"
exec "$0" "$@"
