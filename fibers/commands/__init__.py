"""The commands of `fibers`, one module each: `run(options, started)` prints an answer and returns an exit code."""
