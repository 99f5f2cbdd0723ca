"""Checkpoints of a small classifier along its training, made by `examples/train_scales.py`."""
