"""What people import: from a codec to files, to hardware, to its simulation and to figures."""
