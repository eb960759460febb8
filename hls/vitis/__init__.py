"""The HLS project: a folded graph written through hls4ml's extension API (Vitis back end, io_stream) and simulated."""
