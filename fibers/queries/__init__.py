"""VNN-LIB 2.0 queries about two networks: read, understood as an equality, decided, and answered in the standard's format.

syntax        the text of a query -> declarations and exact formulas
problems      formulas -> "these outputs differ, somewhere in this box", or a refusal that names the assertion
signatures    declarations against what the ONNX files say of themselves
deciding      a problem and its networks -> sat with a point, unsat, unknown or timed-out
assignments   a point -> decimals that satisfy the query as they are printed
"""
