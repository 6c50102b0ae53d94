# Runs a script of /home in the root of a mail transfer agent, which sees the folder of this run as its /home, a copy of
# its /etc with its own users, and the folders that are named as empty ones. Mounts, processes and the name of the machine
# are in namespaces of their own (unshare), so that all of them go with this script.
set -e
root=$1 name=$2 script=$3
shift 3
echo "$name" >/proc/sys/kernel/hostname
chmod 755 .
cp -a "$root/etc" etc
for file in passwd group; do
  cat "$file" >>"etc/$file"
done
mount --bind etc "$root/etc"
for folder; do
  mount -t tmpfs own "$root$folder"
done
mount --bind . "$root/home"
mount -t proc proc "$root/proc"
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C chroot "$root" sh -c "cd /home && exec sh $script"
