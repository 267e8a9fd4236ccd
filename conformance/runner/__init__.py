"""The conformance runner: main (options), cases (which ones), engine (processes), deqp and amber (the two suites), results, expect."""
