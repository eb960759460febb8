"""What one level saw of a transform's tensors: recordings as files, and where two of them differ first."""
