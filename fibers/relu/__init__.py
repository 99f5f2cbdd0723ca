"""ReLU networks: normal forms, simplification, alignment and the decision whether two are the same function."""
