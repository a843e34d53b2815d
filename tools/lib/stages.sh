# Stages of tools/test: each runs, is timed and counted; a summary ends it. To be sourced.

RESULTS="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/test-results"
rm -rf "$RESULTS"
mkdir -p "$RESULTS"

# What a stage returns if something that it needs is not to be had here.
CANNOT=77
REQUIRE_ALL=${REQUIRE_ALL:-}

stages_passed=0
stages_failed=0
stages_table=()
stages_skipped=()

# run_stage NAME TITLE FUNCTION: its output goes to the terminal and to a log.
run_stage() {
  local name="$1" title="$2" log="$RESULTS/$1.log" begun=$SECONDS status passed=0 failed=0 skipped=0 verdict
  echo
  echo "=== $name: $title"
  # No input: nothing may ask.
  "$3" </dev/null > >(tee "$log") 2>&1
  status=$?
  wait $! # tee: the log is whole now
  read -r passed failed skipped < <(python3 "$(dirname "${BASH_SOURCE[0]}")/count.py" "$name" "$RESULTS")
  passed=${passed:-0} failed=${failed:-0} skipped=${skipped:-0}
  if ((status == CANNOT)) && [[ -z "$REQUIRE_ALL" ]]; then
    verdict=SKIPPED
    stages_skipped+=("$name ($title): $(grep -v '^ *$' "$log" | tail -n 1)")
  elif ((status == 0 && failed == 0 && passed > 0)) && [[ -z "$REQUIRE_ALL" || "$skipped" == 0 ]]; then
    verdict=passed
  else
    verdict=FAILED
    # A build that failed, a program that died, a stage that ran nothing, or that left something out.
    ((failed > 0)) || failed=1
  fi
  stages_passed=$((stages_passed + passed))
  stages_failed=$((stages_failed + failed))
  stages_table+=("$(printf '  %-12s %-8s %5d passed %4d failed %4d skipped %5d s' \
    "$name" "$verdict" "$passed" "$failed" "$skipped" $((SECONDS - begun)))")
  echo "=== $name: $verdict after $((SECONDS - begun)) s"
}

# finish: the table, what was skipped and why, the sum; returns the exit code.
finish() {
  echo
  echo "Summary ($SECONDS s)"
  printf '%s\n' "${stages_table[@]}"
  if ((${#stages_skipped[@]})); then
    echo
    echo "NOT RUN, because something is missing here:"
    printf '  %s\n' "${stages_skipped[@]}"
  fi
  echo
  echo "$stages_passed passed, $stages_failed failed"
  ((stages_failed == 0))
}
