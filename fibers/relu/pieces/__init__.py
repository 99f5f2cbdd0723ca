"""The fiber of a ReLU network, described: its pieces, and the symmetries that move within and between them.

    F = fibers.relu.fiber(f)      # F.dimension, F.count, F.pieces(), F.contains(g), F.symmetries

`descriptions` has the fiber, `piece` what one piece offers.  A *chart* gives a piece its coordinates; there is one kind
of chart for each theorem: `shallow_charts` (S1), `bottleneck_charts` (B5), `single_charts` (B7).
"""
