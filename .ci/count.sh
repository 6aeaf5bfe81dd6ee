# Sums what the legs pass, fail and skip. A leg that can't run is counted and said aloud, never silently green.
passed=0 failed=0 skipped=0 leg=setup
begun=()
: > "$work/failures"

fail() { echo "FAILED: $*"; failed=$((failed + 1)); remember "$*"; }

# What failed is said again before the closing line: the end of a long log is what its reader sees first.
remember() { printf '%s: %s\n' "$leg" "$1" | cut -c1-400 >> "$work/failures"; }

skip() { echo "SKIPPED: $*"; skipped=$((skipped + 1)); }

# One check: a command that succeeds or not.
check() {
    local what=$1; shift
    if "$@"; then passed=$((passed + 1)); echo "passed: $what"; else fail "$what"; return 1; fi
}

# A script that prints a line "passed: …", "FAILED: …" or "SKIPPED: …" for each thing that it tries.
count_script() {
    local status=0 line ended=0 before=$failed
    "$@" > "$work/log" 2>&1 < /dev/null || status=$?
    while read -r line; do
        case $line in
            passed:*) passed=$((passed + 1)) ended=1; echo "$line" ;;
            FAILED:*) fail "${line#FAILED: }"; ended=1 ;;
            SKIPPED:*) skip "${line#SKIPPED: }" ;;
            *) echo "$line" ;;
        esac
    done < "$work/log"
    if [ "$ended" = 0 ] || { [ "$status" != 0 ] && [ "$failed" = "$before" ]; }; then fail "$1 ended with exit code $status"; fi
}

# A test program of xunit.v3: count_program NAME COMMAND...
count_program() {
    local name=$1 status=0; shift
    "$@" -noColor > "$work/log" 2>&1 < /dev/null || status=$?
    count_log "$name" "$status"
}

# One that runs beside what follows, until count_begun counts it.
begin_program() {
    local name=$1 log="$work/begun-$leg-$1"; shift
    "$@" -noColor > "$log" 2>&1 < /dev/null &
    begun+=("$! $leg $name $log")
}

# Waits for the programs that a leg has begun, or for all, and counts them: count_begun [LEG]
count_begun() {
    local index process of name log status own=$leg
    for index in "${!begun[@]}"; do
        read -r process of name log <<< "${begun[index]}"
        [ "${1:-$of}" = "$of" ] || continue
        status=0 leg=$of
        wait "$process" || status=$?
        mv "$log" "$work/log"
        count_log "$name" "$status"
        unset "begun[$index]"
    done
    leg=$own
}

end_begun() {
    local entry
    for entry in "${begun[@]}"; do kill "${entry%% *}" 2> /dev/null || true; done
}

# A test program's summary line gives the counts; without one it crashed: count_log NAME STATUS
count_log() {
    local name=$1 status=$2 line total errors bad left
    line=$(grep -E "^ +$name +Total: [0-9]+" "$work/log" | tail -1 || true)
    if [ -z "$line" ]; then crash; fail "$name ended with exit code $status and no summary"; return; fi
    total=$(field Total) errors=$(field Errors) bad=$(field Failed) left=$(field Skipped)
    grep -E '\[(SKIP|FAIL)\]|^ {6}' "$work/log" | cut -c1-400 | head -n 200 || true
    echo "$line"
    if [ "$total" = 0 ]; then fail "$name ran no test"; return; fi
    if [ "$status" != 0 ] && [ $((errors + bad)) = 0 ]; then fail "$name ended with exit code $status"; fi
    passed=$((passed + total - bad - left)) failed=$((failed + bad + errors)) skipped=$((skipped + left))
    if [ $((errors + bad)) != 0 ]; then remember "$(grep -A8 -F '[FAIL]' "$work/log" | cut -c1-300 | head -n 60)"; fi
}

# What a test program said before it died without a summary.
crash() { grep -m1 -A15 -E 'Fatal error|Unhandled exception|Process terminated|Assertion' "$work/log" | cut -c1-300 || tail -n 20 "$work/log" | cut -c1-300; }

field() { sed -E "s/.*$1: ([0-9]+).*/\1/" <<< "$line"; }

# dotnet test on Microsoft.Testing.Platform: the counts of its last summary.
count_dotnet_test() {
    local status=0 good bad left
    "$@" 2>&1 < /dev/null | tee "$work/log" || status=$?
    good=$(summary succeeded) bad=$(summary failed) left=$(summary skipped)
    # Explicit tests are the children that other tests start in a process of their own: run, only not from here.
    left=$((${left:-0} - $(grep -c 'Not run (due to explicit test filtering)' "$work/log" || true)))
    if [ -z "$good" ]; then fail "dotnet test ended with exit code $status and no summary"; return; fi
    if [ "$status" != 0 ] && [ "$bad" = 0 ]; then fail "dotnet test ended with exit code $status"; fi
    passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left))
    if [ "$bad" != 0 ]; then remember "$(grep -A8 -E '^ *failed ' "$work/log" | cut -c1-300 | head -n 60)"; fi
}

summary() { sed -nE "s/^ +$1: ([0-9]+)\$/\1/p" "$work/log" | tail -1; }

# Runs the functions leg_NAME of $legs, and says what came of them.
run_legs() {
    local start
    for leg in $legs; do
        declare -F "leg_$leg" > /dev/null || { echo "unknown leg: $leg"; exit 2; }
        start=$SECONDS
        printf '\n=== %s\n' "$leg"
        "leg_$leg"
        echo "=== $leg took $((SECONDS - start)) s"
    done
    if [ "${#begun[@]}" != 0 ]; then printf '\n=== begun before, counted now\n'; fi
    count_begun
    echo "All legs took $SECONDS s."
    close
}

close() {
    if [ -s "$work/failures" ]; then printf '\n=== what failed\n'; cat "$work/failures"; fi
    printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
