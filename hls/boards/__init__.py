"""On to boards: IP-XACT, FuseSoC, Vivado scripts and a notebook for generated RTL."""
