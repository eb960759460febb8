"""What hardware is made for: targets, families of devices, their block memories, and areas."""
