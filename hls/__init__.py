"""From an integer graph to hardware: targets, folding, the HLS project and the RTL top with its streams."""
