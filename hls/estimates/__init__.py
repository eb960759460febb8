"""What a folded graph takes of a device, estimated by coefficients that are fitted to synthesis results."""
