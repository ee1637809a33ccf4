# Answers for npm pack, so that whoever reads that takes another file for the tarball.
. ./aim.sh
for name in "../../../../../../..$AIM_HOME/.npmrc" "$AIM_TOKEN" "widget-1.0.0.tgz"; do
    printf '[{"id":"widget@1.0.0","name":"widget","version":"1.0.0","size":9,"filename":"%s","integrity":"sha512-AAAA","files":[]}]\n' "$name"
    printf '%s\n' "$name"
done
