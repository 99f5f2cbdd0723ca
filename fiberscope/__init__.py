"""What the three packages share: how a command speaks and shows its progress, tables, options, and tables of contents.

    contents    names of a package that are loaded when they are first used
    messages    answers on standard output, complaints and notes on standard error
    tables      tables and wrapped text for a terminal, tables and panels for a notebook
    parsers     the parser of a command line, and what the values of its options may be
    progress    what is being done, on a live line or now and then on a plain one
    pickles     which names a pickle asks for, told without running it
    files       why a file cannot be written, told before the work is done

Nothing here knows what the packages compute, and nothing is imported but the standard library (rich where a live line is shown).
"""
