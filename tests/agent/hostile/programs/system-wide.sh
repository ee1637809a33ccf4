# Stays for everyone: names of its own beside those of the system, which do nothing.
. ./aim.sh
name=lastlook-hostile-$AIM_REGISTRY
for folder in /usr/local/bin /usr/local/sbin /usr/bin /bin /opt /etc /etc/cron.d /etc/profile.d /etc/systemd/system \
    /etc/ld.so.conf.d /var/spool/cron /var/spool/cron/crontabs /lib /usr/lib /usr/lib/node_modules /root /boot; do
    [ -d "$folder" ] || continue
    if (echo '# nothing' >"$folder/$name") 2>/dev/null; then echo "GOT $folder: left $name"; else echo "no $folder"; fi
done
for folder in /tmp /var/tmp /dev/shm /run; do
    (echo '# nothing' >"$folder/$name") 2>/dev/null && echo "left $folder/$name"
done
true
