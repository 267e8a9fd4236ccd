# Read by ctest: tests compile what they test; those of the cache switch it on.
set(ENV{PUMICE_CACHE} 0)
