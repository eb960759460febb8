"""Post-training quantization: one description of each layer, read once as fake-quantized torch and once as integers."""
