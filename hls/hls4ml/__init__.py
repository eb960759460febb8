"""Our back ends of hls4ml: its layers, writers and passes, and the HLS project that they write."""
