# Changed files for every reader, each a check of its own: fuzz_readers INPUTS. What is found stays in a folder, with the commands that repeat it.
fuzz_readers() {
    local program=tests/SparseKernels.Fuzz/bin/Release/net10.0/SparseKernels.Fuzz reader
    check "build of SparseKernels.Fuzz" dotnet build tests/SparseKernels.Fuzz -c Release -v quiet || return 0
    for reader in $("$program" --list); do
        # Each input is a file for some microseconds: in memory where there is such a folder.
        check "fuzz $reader" env TMPDIR="$(fuzz_folder)" "$program" --target "$reader" --inputs "$1" --findings "${TMPDIR:-/tmp}/sparsekernels-fuzz" || true
    done
}

fuzz_folder() { if [ -d /dev/shm ] && [ -w /dev/shm ]; then echo /dev/shm; else echo "${TMPDIR:-/tmp}"; fi; }
