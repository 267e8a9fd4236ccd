# Read by ctest: tests compile what they test; those of the cache switch it on.
set(ENV{PUMICE_CACHE} 0)
set(ENV{TSAN_OPTIONS} "suppressions=${CMAKE_CURRENT_LIST_DIR}/thread_sanitizer.supp")
