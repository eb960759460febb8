"""What commands of bench/ are made of: cases, netlists, and programs that run in processes of their own."""
