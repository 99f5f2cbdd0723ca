"""What the three packages share.

Nothing here knows what the packages compute, and nothing is imported but the standard library.
"""
