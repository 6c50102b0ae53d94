# Runs a script of /home in the root of a mail transfer agent, which sees the folder of this run as its /home. Mounts
# and processes are in namespaces of their own (unshare), so that all of them go with this script.
set -e
root=$1 script=$2
chmod 755 .
for file in passwd group; do
  cat "$root/etc/$file" "$file.own" >"$file"
  mount --bind "$file" "$root/etc/$file"
done
mount --bind . "$root/home"
mount -t proc proc "$root/proc"
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C chroot "$root" sh -c "cd /home && exec sh $script"
