# Writes to the settings of the kernel what stands there already, which shows that it could write other things.
for file in /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sys/kernel/hotplug \
    /proc/sys/kernel/randomize_va_space /proc/sys/fs/protected_hardlinks /proc/sys/net/ipv4/ip_forward \
    /proc/sys/fs/suid_dumpable /sys/kernel/uevent_helper /sys/kernel/mm/transparent_hugepage/khugepaged/defrag; do
    [ -e "$file" ] || continue
    value=$(cat "$file" 2>/dev/null)
    if (printf '%s\n' "$value" >"$file") 2>/dev/null; then echo "GOT setting $file: written"; else echo "no $file"; fi
done
for folder in /sys/fs/cgroup /sys/fs/cgroup/system.slice; do
    [ -d "$folder" ] && mkdir "$folder/lastlook-hostile" 2>/dev/null && echo "GOT group $folder: made"
    rmdir "$folder/lastlook-hostile" 2>/dev/null
done
true
