"""What hardware is made for: targets, families of devices, and areas."""
