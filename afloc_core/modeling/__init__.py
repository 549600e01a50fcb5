"""The network in the transformers conventions: configuration, model, processor, losses, conversion of checkpoints."""
