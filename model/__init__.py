"""Float (training-time) layers, codec, training and checkpoints of SAPM (arXiv 2206.11599)."""
