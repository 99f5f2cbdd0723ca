"""What the commands of `fractal` do, a module each; `fractal.__main__` parses their options and calls `run(options, started)`."""
