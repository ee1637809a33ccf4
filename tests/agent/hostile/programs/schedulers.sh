# Has the machine run something later. What was there before is put back at once.
planned() {
    command -v crontab || return 1
    crontab -l >saved 2>/dev/null
    (cat saved; echo '# lastlook hostile') | crontab - || return 1
    if [ -s saved ]; then crontab saved; else crontab -r; fi
}
. ./aim.sh
way crontab planned
way at sh -c "command -v at && echo true | at now + 1 hour"
way systemd-run timeout 3 systemd-run --user --on-active=3600 true
way systemd-run-system timeout 3 systemd-run --on-active=3600 true
way dbus timeout 3 dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames
true
