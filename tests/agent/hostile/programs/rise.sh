# Becomes somebody else: by programs that rise, by a copy that would, and by what they leave for later.
grep -q '^NoNewPrivs:.*0' /proc/self/status && echo "GOT new privileges: they are not closed"
grep -q '^CapEff:.*[1-9a-f]' /proc/self/status && echo "GOT capabilities: $(sed -n 's/^CapEff:\t//p' /proc/self/status)"
grep -q '^CapBnd:.*[1-9a-f]' /proc/self/status && echo "capabilities bound: $(sed -n 's/^CapBnd:\t//p' /proc/self/status)"
cp /bin/sh ./risen && chmod 4755 ./risen && [ -u ./risen ] && echo "MAY setuid copy: $(ls -ln ./risen)"
for program in su mount passwd newgrp chsh sudo pkexec; do
    file=$(command -v $program) && [ -u "$file" ] && echo "rises elsewhere: $file"
done
setpriv --reuid=12345 --clear-groups true 2>/dev/null && echo "GOT another user: became one"
chown 12345 ./risen 2>/dev/null && echo "GOT ownership: gave a file away"
true
